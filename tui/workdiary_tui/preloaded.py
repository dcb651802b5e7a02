"""What a process imports that sessions are forked from: the rest of what one of them may need.

A session by itself imports these with its first picture or signature, and without them not at all.
"""

import PIL.Image
import PIL.ImageChops
import PIL.ImageOps
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers import aead

__all__ = ["PIL", "aead", "ed25519", "keywrap"]
