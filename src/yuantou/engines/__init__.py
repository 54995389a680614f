"""Pure engines: tables and dataclasses in, frozen dataclasses out; no Django, no hidden I/O."""
