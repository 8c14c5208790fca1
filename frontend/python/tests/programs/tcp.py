"""TCP, both sides in one program: every method of the client and the server."""
import socket
import threading

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
print("reuse:", server.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR))
server.bind(("127.0.0.1", 0))
server.listen()
address = server.getsockname()
print("listening on", address[0], address[1] > 0)


def serve():
    connection, peer = server.accept()
    with connection:
        assert connection.getpeername() == peer
        while data := connection.recv(1024):
            connection.sendall(data.upper())
    print("server: the client has finished")


thread = threading.Thread(target=serve)
thread.start()

client = socket.socket()
client.connect(address)
print("peer:", client.getpeername() == address)
print("sent:", client.send(b"hello"))
print("received:", client.recv(1024))

client.sendall(b"buffer")
buffer = bytearray(10)
count = client.recv_into(buffer)
print("into:", count, buffer)

client.sendall(b"view")
view = memoryview(buffer)[2:]
print("part:", client.recv_into(view, 3), bytes(buffer))
print("rest:", client.recvfrom(100))

client.sendall(b"again")
print("from:", client.recvfrom_into(buffer), bytes(buffer[:5]))

client.shutdown(socket.SHUT_WR)
thread.join()
print("end:", client.recv(10))
client.close()
server.close()
print("closed:", client.fileno(), server.fileno())

large = bytes(range(256)) * 8192
with socket.create_server(("127.0.0.1", 0)) as server:
    def take():
        connection, _ = server.accept()
        with connection:
            received = bytearray()
            while data := connection.recv(65536):
                received += data
            connection.sendall(b"same" if received == large else b"different")
    thread = threading.Thread(target=take)
    thread.start()
    with socket.create_connection(server.getsockname(), timeout=20) as client:
        print("sendall:", client.sendall(large))
        client.shutdown(socket.SHUT_WR)
        print(client.recv(100))
    thread.join()
