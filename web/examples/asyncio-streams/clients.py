# Three conversations at the same time.
import asyncio

SERVER = ("127.0.0.1", 9043)


async def talk(name):
    reader, writer = await asyncio.open_connection(*SERVER)
    answers = []
    for word in ["hello", "bye"]:
        writer.write(f"{word} from {name}\n".encode())
        await writer.drain()
        answers.append(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return answers


async def main():
    conversations = await asyncio.gather(
        *(talk(name) for name in ["ann", "bob", "cleo"]))
    for answers in conversations:
        print(*(a.decode().strip() for a in answers),
              sep=", ")


asyncio.run(main())
