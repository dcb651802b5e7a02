"""The freelancer's tracker: it counts, pictures, signs, keeps and uploads what they worked."""
