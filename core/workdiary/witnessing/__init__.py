"""A third party's witness (C2SP tlog-witness): it remembers a log's last head, and cosigns on."""
