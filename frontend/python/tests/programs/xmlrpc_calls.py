"""xmlrpc: a server with functions, an instance, a fault, many calls in one, introspection."""
import threading
import xmlrpc.client
import xmlrpc.server


class Calculator:
    def divide(self, a, b):
        return a / b


with xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False, allow_none=True) as server:
    server.register_introspection_functions()
    server.register_multicall_functions()
    server.register_function(lambda *numbers: sum(numbers), "add")
    server.register_instance(Calculator())
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with xmlrpc.client.ServerProxy(url, allow_none=True) as proxy:
        print(proxy.add(1, 2, 3), proxy.divide(7, 2))
        try:
            proxy.divide(1, 0)
        except xmlrpc.client.Fault as fault:
            print(fault.faultCode, fault.faultString)
        try:
            proxy.absent()
        except xmlrpc.client.Fault as fault:
            print(fault.faultString)
        print(proxy.system.listMethods())
        many = xmlrpc.client.MultiCall(proxy)
        many.add(1, 1)
        many.divide(9, 3)
        print(list(many()))
    server.shutdown()
print(xmlrpc.client.dumps(({"a": [1, "b", None]},), "name", allow_none=True).split())
