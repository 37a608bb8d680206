def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    for n in range(2, limit + 1):
        if sieve[n]:
            yield n
            sieve[n * n :: n] = bytes(len(range(n * n, limit + 1, n)))


found = list(primes(1000))
for start in range(0, len(found), 12):
    print(" ".join(f"{p:4}" for p in found[start : start + 12]))
print(f"{len(found)} primes below 1000")
