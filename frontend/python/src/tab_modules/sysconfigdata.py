"""What `sysconfig` knows of how Python was built: nothing."""

build_time_vars = {}
