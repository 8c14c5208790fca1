"""Clocks, dates, zones and the locale."""
import calendar
import datetime
import email.utils
import locale
import os
import sched
import time

os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()
print(time.tzname, time.timezone, time.daylight)
moment = time.localtime(1_700_000_000)
print(moment.tm_year, moment.tm_hour, moment.tm_wday, moment.tm_yday, moment.tm_isdst, moment.tm_zone, moment.tm_gmtoff, time.mktime(moment))
print(time.strftime("%Y-%m-%d %H:%M:%S %Z %z %a %b %j %p %%Z", moment), "|", time.strftime("%d/%b/%Y", time.gmtime(0)), "|", time.ctime(0), "|", time.asctime(moment))
print(time.strptime("2024-02-29 12:30", "%Y-%m-%d %H:%M")[:5], calendar.timegm((2024, 1, 1, 0, 0, 0)))
now = datetime.datetime.fromtimestamp(1_700_000_000, datetime.timezone.utc)
print(now.isoformat(), now.strftime("%A %d %B %Y %H:%M %Z"), datetime.datetime.fromtimestamp(0).astimezone().utcoffset(), datetime.date(2024, 2, 28) + datetime.timedelta(days=2))
print(datetime.datetime.strptime("Tue, 14 Nov 2023 22:13:20 +0000", "%a, %d %b %Y %H:%M:%S %z"), email.utils.formatdate(0, usegmt=True), email.utils.parsedate_to_datetime("Thu, 01 Jan 1970 00:00:00 +0000"))
for clock in (time.time, time.monotonic, time.perf_counter, time.process_time, time.thread_time):
    first = clock()
    time.sleep(0.01)
    print(clock.__name__, clock() >= first, type(first).__name__, end="; ")
print()
print(time.time_ns() > 10 ** 18, time.monotonic_ns() > 0, time.process_time_ns() >= 0, abs(time.time() - time.time_ns() / 1e9) < 5)
print(abs(time.clock_gettime(time.CLOCK_REALTIME) - time.time()) < 5, time.clock_gettime(time.CLOCK_MONOTONIC) > 0, time.clock_getres(time.CLOCK_MONOTONIC) < 1, time.get_clock_info("monotonic").monotonic)
begun = time.monotonic()
for seconds in (0, 0.0, 0.02, True - 1):
    time.sleep(seconds)
print(0.019 < time.monotonic() - begun < 5)
for bad in (-1, "x", None, float("nan"), 1e100):
    try:
        time.sleep(bad)
    except (ValueError, TypeError, OverflowError) as error:
        print(type(error).__name__)
scheduler, order = sched.scheduler(time.monotonic, time.sleep), []
scheduler.enter(0.03, 1, order.append, ("second",))
scheduler.enter(0.01, 1, order.append, ("first",))
scheduler.run()
print(order)
print(locale.setlocale(locale.LC_ALL, "C"), locale.localeconv()["decimal_point"], locale.format_string("%.2f", 1234.5, grouping=True), locale.strcoll("a", "b") < 0)
try:
    locale.setlocale(locale.LC_ALL, "xx_XX.UTF-8")
except locale.Error as error:
    print("locale.Error")
print(f"{1234567.891:,.2f} {255:#x} {0.5:%} {'x':>5} {3.0:g}")
