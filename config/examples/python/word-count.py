import sys
from collections import Counter

most = int(sys.argv[1]) if len(sys.argv) > 1 else 5
words = Counter(word.strip(".,;!?").lower() for word in sys.stdin.read().split())
for word, count in words.most_common(most):
    print(f"{count:3} {word}")
