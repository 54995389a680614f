"""Panel meetings: who is in the room, what is put to a secret vote, what the minutes say and who signs them."""
