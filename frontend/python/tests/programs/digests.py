"""hashlib, hmac, base64, binascii, zlib, secrets: what protocols are made of."""
import base64
import binascii
import hashlib
import hmac
import secrets
import socket
import zlib

left, right = socket.socketpair()
text = b"attack at dawn" * 100
for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
    print(name, hashlib.new(name, text).hexdigest()[:32], hashlib.new(name).digest_size)
print(hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 10).hex())
running = hashlib.sha256()
left.sendall(text)
left.shutdown(socket.SHUT_WR)
while part := right.recv(333):
    running.update(part)
print(running.digest() == hashlib.sha256(text).digest(), running.name, running.block_size)
key = b"shared key"
print(hmac.new(key, text, "sha256").hexdigest(), hmac.compare_digest(b"a", b"a"))
for encode, decode in ((base64.b64encode, base64.b64decode), (base64.b32encode, base64.b32decode),
                       (base64.b16encode, base64.b16decode), (base64.b85encode, base64.b85decode),
                       (base64.urlsafe_b64encode, base64.urlsafe_b64decode)):
    coded = encode(b"\xff\xfe any bytes?")
    print(coded, decode(coded))
try:
    base64.b64decode(b"abc")
except binascii.Error as error:
    print(error)
print(binascii.hexlify(b"ab", ":"), binascii.crc32(text), zlib.crc32(text), zlib.adler32(text))
packed = zlib.compress(text)
print(len(packed) < len(text), zlib.decompress(packed) == text)
unpacker = zlib.decompressobj()
print(b"".join(unpacker.decompress(packed[at:at + 7]) for at in range(0, len(packed), 7)) == text)
print(len(secrets.token_bytes(16)), len(secrets.token_hex(4)), secrets.randbelow(1))
left.close()
right.close()
