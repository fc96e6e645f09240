"""A page becomes pixels, by PDFium. This department's one door to pypdfium2; loaded in the child process alone."""

from __future__ import annotations

from bot.pictures.canvas import SCALE, Page

FONTS = (b"Helvetica", b"Helvetica-Bold")


def pixels(page: Page) -> tuple[bytearray, int, int]:
    """Red, green and blue of each pixel, row by row; how wide and how high the picture is."""
    import pypdfium2

    drawn = pypdfium2.PdfDocument(_document(page))[0].render(scale=SCALE)
    buffer, step = bytes(drawn.buffer), drawn.n_channels
    found = bytearray(3 * drawn.width * drawn.height)
    for row in range(drawn.height):
        line = buffer[row * drawn.stride : row * drawn.stride + step * drawn.width]
        start, end = 3 * row * drawn.width, 3 * (row + 1) * drawn.width
        for colour in range(3):  # PDFium counts blue, green, red
            found[start + colour : end : 3] = line[2 - colour :: step]
    return found, drawn.width, drawn.height


def _document(page: Page) -> bytes:
    """A document of one page (ISO 32000-1, 7.5)."""
    content = page.content.encode("ascii")
    fonts = b" ".join(b"/F%d %d 0 R" % (number, number + 4) for number in range(1, len(FONTS) + 1))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << %b >> >> /Contents 4 0 R >>"
        % (page.width, page.height, fonts),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        *(b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>" % font for font in FONTS),
    ]
    file, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, one in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, start = len(objects) + 1, len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n" % (size, table, size)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % start)
