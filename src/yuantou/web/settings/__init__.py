"""Settings: ``base`` for every site, ``local`` for `yuantou up`, ``production`` for servers, ``test`` for the suite."""
