# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Records as lines of CSV and frozen records from their values, without the detours of plain Python.

Both do what metaleak.records.table and the classes of metaleak.records.record do, and nothing else.
"""

from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from libc.string cimport memchr, memcpy, memmove

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL
    object PyBytes_FromStringAndSize(const char *, Py_ssize_t)
    ctypedef struct PyTypeObject:
        object (*tp_alloc)(PyTypeObject *, Py_ssize_t)

cdef extern from "structmember.h":
    ctypedef struct PyMemberDef:
        Py_ssize_t offset

cdef extern from "descrobject.h":
    ctypedef struct PyMemberDescrObject:
        PyMemberDef *d_member


cdef class Maker:
    """Makes objects of a frozen dataclass with slots from the values of some fields; the others have their defaults.

    Parameters
    ----------
    frozen : type
        The class; its fields have defaults that cannot change, or are given.
    given : tuple of str
        The fields whose values are given, in this order.
    defaults : mapping of str to object
        The values of the others.
    """

    cdef PyTypeObject *type
    cdef tuple classes
    cdef tuple values
    cdef Py_ssize_t offsets[64]
    cdef Py_ssize_t given
    cdef Py_ssize_t count

    def __init__(self, frozen, tuple given, defaults):
        cdef Py_ssize_t at
        names = (*given, *defaults)
        if len(names) > 64:
            raise ValueError("more than 64 fields")
        self.classes = (frozen,)
        self.type = <PyTypeObject *> frozen
        self.given = len(given)
        self.count = len(names)
        self.values = tuple(defaults.values())
        for at, name in enumerate(names):
            member = frozen.__dict__[name]
            if type(member).__name__ != "member_descriptor":
                raise TypeError(f"{frozen.__name__}.{name} is no slot")
            self.offsets[at] = (<PyMemberDescrObject *> member).d_member.offset

    def __call__(self, *values):
        cdef Py_ssize_t at
        if len(values) != self.given:
            raise TypeError(f"{self.given} values are needed, {len(values)} were given")
        made = self.type.tp_alloc(self.type, 0)
        cdef char *place = <char *> <PyObject *> made
        for at in range(self.count):
            each = values[at] if at < self.given else self.values[at - self.given]
            Py_INCREF(each)
            (<PyObject **> (place + self.offsets[at]))[0] = <PyObject *> each
        return made


cdef enum:
    LONG = 24  # bytes that are worth a look at all of them together

cdef struct Page:
    char *bytes
    Py_ssize_t used
    Py_ssize_t room


def csv_lines(records, columns):
    """Return the lines of records in UTF-8, behind a header.

    Parameters
    ----------
    records : iterable of Record
        What to write.
    columns : sequence of tuple of str and str
        The attribute of a column, and how it is written: ``text``, ``year``, ``flag``, ``items``, ``people``,
        ``links``, ``origins`` or ``sections``.
    """
    cdef Page page
    cdef Py_ssize_t start
    cdef bint is_first
    cdef list ways = [(name, _WAYS[way]) for name, way in columns]
    page.bytes = NULL
    page.used = page.room = 0
    try:
        for name, _ in ways:
            if page.used:
                put(&page, b",", 1)
            put_cell(&page, name, TEXT)
        put(&page, b"\n", 1)
        for record in records:
            is_first = True
            for name, way in ways:
                if not is_first:
                    put(&page, b",", 1)
                is_first = False
                start = page.used
                put_cell(&page, getattr(record, <str> name), way)
                if page.used > start:
                    guard(&page, start)
                    quote(&page, start)
            put(&page, b"\n", 1)
        return PyBytes_FromStringAndSize(page.bytes, page.used)
    finally:
        PyMem_Free(page.bytes)


# Both exist once in Python; most cells of most records are one of them.
cdef str EMPTY = ""
cdef tuple NOTHING = ()

cdef enum:
    TEXT, YEAR, FLAG, ITEMS, PEOPLE, LINKS, ORIGINS, SECTIONS

_WAYS = {
    "text": TEXT,
    "year": YEAR,
    "flag": FLAG,
    "items": ITEMS,
    "people": PEOPLE,
    "links": LINKS,
    "origins": ORIGINS,
    "sections": SECTIONS,
}


cdef int put_cell(Page *page, value, int way) except -1:
    cdef const char *bytes
    cdef Py_ssize_t size = 0
    cdef Py_ssize_t start
    cdef bint is_first = True
    if way == TEXT:
        if value is EMPTY:
            return 0
        bytes = PyUnicode_AsUTF8AndSize(value, &size)
        return put(page, bytes, size)
    if way == FLAG:
        return put(page, b"1" if value else b"0", 1)
    if way == YEAR:
        if value is not None:
            text = str(value)
            bytes = PyUnicode_AsUTF8AndSize(text, &size)
            put(page, bytes, size)
        return 0
    if value is NOTHING:
        return 0
    for each in value:
        if not is_first:
            put(page, b" || " if way == SECTIONS else b"; ", 4 if way == SECTIONS else 2)
        is_first = False
        start = page.used
        if way == ITEMS:
            put_part(page, each, b";", b";")
        elif way == PEOPLE:
            put_person(page, each)
        elif way == LINKS:
            put_parts(page, (each.kind, each.citation, each.pmid), b";")
        elif way == ORIGINS:
            put_parts(page, (each.source, each.run, each.accession), b";")
        else:
            put_parts(page, (each.label, each.text), b"|")
        while page.used > start and page.bytes[page.used - 1] == b" ":
            page.used -= 1
    return 0


cdef int put_person(Page *page, person) except -1:
    suffix = person.suffix
    given = person.given
    put_part(page, person.family, b";", b",")
    if person.is_group:
        return put(page, b", ", 2)
    if given or suffix:
        put(page, b", ", 2)
        put_part(page, given, b";", b",")
    if suffix:
        put(page, b", ", 2)
        put_part(page, suffix, b";", b",")
    return 0


cdef int put_parts(Page *page, tuple parts, char between) except -1:
    cdef Py_ssize_t at
    for at in range(len(parts)):
        if at:
            put(page, b" | ", 3)
        put_part(page, parts[at], between, b"|")
    return 0


cdef int put_part(Page *page, text, char between, char inside) except -1:
    """Add a part of an item; the marks that stand between items and inside of them get a backslash in it."""
    cdef Py_ssize_t size = 0
    cdef const char *bytes = PyUnicode_AsUTF8AndSize(text, &size)
    cdef Py_ssize_t at
    cdef char *to
    cdef char c
    if size > LONG and not (
        memchr(bytes, between, size) or memchr(bytes, inside, size) or memchr(bytes, b"\\", size)
    ):
        return put(page, bytes, size)
    need(page, 2 * size)
    to = page.bytes + page.used
    for at in range(size):
        c = bytes[at]
        if c == between or c == inside or c == b"\\":
            to[0] = b"\\"
            to += 1
        to[0] = c
        to += 1
    page.used = to - page.bytes
    return 0


cdef int guard(Page *page, Py_ssize_t start) except -1:
    """Put an apostrophe in front of a cell that a spreadsheet program would run, as storage.formulas does."""
    cdef Py_ssize_t at = start
    cdef char c
    while at < page.used and page.bytes[at] == b"'":
        at += 1
    if at == page.used:
        return 0
    c = page.bytes[at]
    if c == b"=" or c == b"+" or c == b"-" or c == b"@" or c == b"\t" or c == b"\r":
        need(page, 1)
        memmove(page.bytes + start + 1, page.bytes + start, page.used - start)
        page.bytes[start] = b"'"
        page.used += 1
    return 0


cdef int quote(Page *page, Py_ssize_t start) except -1:
    """Quote a cell that needs it: quotes in it are doubled."""
    cdef Py_ssize_t size = page.used - start
    cdef char *cell = page.bytes + start
    cdef Py_ssize_t quotes = 0
    cdef Py_ssize_t at
    cdef char *source
    cdef char *to
    if not memchr(cell, b'"', size):
        if not (memchr(cell, b",", size) or memchr(cell, b"\n", size) or memchr(cell, b"\r", size)):
            return 0
    else:
        for at in range(size):
            quotes += cell[at] == b'"'
    need(page, quotes + 2)
    source = page.bytes + page.used - 1
    page.used += quotes + 2
    to = page.bytes + page.used - 1
    to[0] = b'"'
    to -= 1
    if not quotes:
        memmove(page.bytes + start + 1, page.bytes + start, size)
        page.bytes[start] = b'"'
        return 0
    while source >= page.bytes + start:
        to[0] = source[0]
        to -= 1
        if source[0] == b'"':
            to[0] = b'"'
            to -= 1
        source -= 1
    to[0] = b'"'
    return 0


cdef inline int put(Page *page, const char *bytes, Py_ssize_t size) except -1:
    need(page, size)
    memcpy(page.bytes + page.used, bytes, size)
    page.used += size
    return 0


cdef inline int need(Page *page, Py_ssize_t more) except -1:
    cdef void *grown
    if page.used + more > page.room:
        grown = PyMem_Realloc(page.bytes, 2 * (page.used + more) + 65536)
        if grown == NULL:
            raise MemoryError
        page.bytes = <char *> grown
        page.room = 2 * (page.used + more) + 65536
    return 0
