import time

for n in range(5, 0, -1):
    print(n, "...", flush=True)
    time.sleep(0.4)
print("\033[1;32mLift-off\033[0m")
