import type { Attack } from './attack.ts'

/** Attacks over a network; `PORT` and `NAME` are a TCP and an abstract socket that the test serves on the host. */
export const networkAttacks: Attack[] = [
  {
    title: 'reach a service on the host’s loopback',
    language: 'python',
    source: `import socket
for host in ('127.0.0.1', 'localhost', '0.0.0.0'):
    try: socket.create_connection((host, PORT), 2); print('connected')
    except OSError as error: print(type(error).__name__)`,
    prints: 'ConnectionRefusedError\n'.repeat(3),
  },
  {
    title: 'reach an abstract socket of the host',
    language: 'python',
    source: `import socket
try: socket.socket(socket.AF_UNIX).connect('\\0NAME'); print('connected')
except ConnectionRefusedError: print('refused')`,
    prints: 'refused\n',
  },
  {
    title: 'reach the world',
    language: 'python',
    source: `import socket
for address in ('1.1.1.1', '169.254.169.254', '10.0.0.1', '192.168.0.1'):
    try: socket.create_connection((address, 80), 2); print('connected')
    except OSError as error: print(error.errno)`,
    prints: '101\n'.repeat(4),
  },
  {
    title: 'ask for names',
    language: 'python',
    source: `import socket
try: print(socket.getaddrinfo('example.com', 80))
except socket.gaierror: print('no names')`,
    prints: 'no names\n',
  },
  {
    title: 'reach the network from Node',
    language: 'javascript',
    source: `for (const url of ['http://127.0.0.1:PORT/', 'http://1.1.1.1/']) await fetch(url).then(() => console.log('connected'), () => console.log('refused'))`,
    prints: 'refused\nrefused\n',
  },
  {
    title: 'add an interface or a route',
    language: 'python',
    source: `import os, socket, struct
print(os.listdir('/sys/class/net') if os.path.exists('/sys/class/net') else 'nothing')
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
body = struct.pack('BxHiII', 0, 0, 0, 1, 1)
link.send(struct.pack('IHHII', 16 + len(body), 16, 0x605, 1, 0) + body)
print(struct.unpack('i', link.recv(100)[16:20])[0])`,
    prints: 'nothing\n-1\n',
  },
  {
    title: 'be heard by a neighbour on its own loopback',
    language: 'python',
    source: `import socket, threading
server = socket.create_server(('127.0.0.1', 8080))
client = socket.create_connection(('127.0.0.1', 8080)); peer, _ = server.accept()
peer.send(b'myself'); print(client.recv(10).decode())`,
    prints: 'myself\n',
  },
]
