"""Small PDF files made by hand, with one line to be seen and one that is not."""

import zlib


def pdf(shown: str, hidden: str, how: str, *, stray: bytes = b"") -> bytes:
    """Return a PDF of one page: ``how`` stands before the hidden line, ``stray`` is a stream nothing points to."""
    drawn = f"BT /F1 12 Tf 50 700 Td ({shown}) Tj ET BT /F1 12 Tf 50 650 Td {how} ({hidden}) Tj ET".encode()
    stream = zlib.compress(drawn)
    extra = zlib.compress(stray)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Author (Zhang San) /Title (A title) >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(extra), extra),
    ]
    out, places = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + b"trailer << /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, at)
