"""Values to text, JSON and annotations; this room computes nothing."""
