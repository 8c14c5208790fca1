# The same question twice, by two modules.
import http.client
import urllib.request

# No proxy between this program and the server.
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({}))
url = "http://127.0.0.1:9081/by-urllib"
with opener.open(url, timeout=10) as answer:
    print(answer.status, answer.read().decode().strip())

connection = http.client.HTTPConnection(
    "127.0.0.1", 9081, timeout=10)
connection.request("GET", "/by-http-client")
answer = connection.getresponse()
print(answer.status, answer.reason)
print(answer.getheader("Content-Type"))
print(answer.read().decode().strip())
connection.close()
