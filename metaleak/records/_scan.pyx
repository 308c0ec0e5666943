# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Elements of XML read in one pass, without a tree; whatever is not of the plainest kind is left to the parser.

What is accepted is well-formed XML in UTF-8: tags that close in their order, attributes in double quotes and each once,
the five named references and those by number, the characters that XML allows. Comments, CDATA, instructions,
declarations, names that are not ASCII and prefixes are not accepted, but for formulas in MathML.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from libc.string cimport memchr, memcmp, memcpy, memset

import sys
import unicodedata

from metaleak.records.text import clean

cdef extern from "Python.h":
    object PyUnicode_DecodeASCII(const char *, Py_ssize_t, const char *)
    object PyUnicode_DecodeUTF8(const char *, Py_ssize_t, const char *)
    object PyUnicode_FromKindAndData(int, const void *, Py_ssize_t)
    ctypedef unsigned short Py_UCS2

ctypedef const unsigned char *Bytes

cdef enum:
    DEEPEST = 60  # elements in each other
    MOST_ATTRIBUTES = 12
    MOST_STEPS = 64  # bits of a mask
    LONG = 24  # bytes that are worth a look at all of them together
    TABLE_END = 0x3000  # characters from here on are looked at by Python

cdef enum Kind:
    ORDINARY, LESS, AMPERSAND, WHITE, CONTROL, BEYOND_ASCII, GREATER, QUOTE, DELETE

cdef enum:
    OTHER, PLAIN, SPACE

#: What texts hold that a cleaned one may not, or may not always.
cdef enum:
    HAS_WIDE = 1
    HAS_ODD = 2
    HAS_REFERENCE = 4

cdef unsigned char KIND[256]
cdef unsigned char STARTS_NAME[256]
cdef unsigned char IN_NAME[256]
cdef unsigned char IS[TABLE_END]

cdef bytes _MATH = b'http://www.w3.org/1998/Math/MathML'
cdef Bytes MATH = _MATH
cdef Py_ssize_t MATH_SIZE = len(_MATH)
cdef str EMPTY = sys.intern("")


def _fill_tables():
    cdef int code
    for code in range(256):
        letter = 65 <= code <= 90 or 97 <= code <= 122 or code == 95
        STARTS_NAME[code] = letter
        IN_NAME[code] = letter or 48 <= code <= 57 or code == 45 or code == 46
        KIND[code] = CONTROL if code < 32 else BEYOND_ASCII if code > 127 else ORDINARY
    KIND[9] = KIND[10] = KIND[13] = WHITE
    KIND[60], KIND[38], KIND[62], KIND[34], KIND[127] = LESS, AMPERSAND, GREATER, QUOTE, DELETE
    # Alone and beside each other these are composed (NFC): no marks, no parts of Korean syllables.
    for code in range(TABLE_END):
        character = chr(code)
        if character.isspace():
            IS[code] = SPACE
        elif (
            character.isprintable()
            and not unicodedata.category(character).startswith("M")
            and not 0x1100 <= code < 0x1200
            and unicodedata.is_normalized("NFC", character)
        ):
            IS[code] = PLAIN
        else:
            IS[code] = OTHER


_fill_tables()


# What is wanted, as records.shapes declares it, in plain memory.

cdef struct Attribute:
    Bytes name
    Py_ssize_t size
    Py_ssize_t slot

cdef struct Form:
    PyObject *empty
    Py_ssize_t own_text
    Py_ssize_t own_name
    Attribute *attributes
    int attribute_count
    Step *steps
    int step_count

cdef struct Step:
    Bytes name
    Py_ssize_t size
    bint any_name
    bint every
    bint listed
    Py_ssize_t slot
    Form *form
    Step *steps
    int step_count


# Where the reader stands.

cdef struct Place:
    Bytes at
    Bytes end
    int depth
    int math  # depth of the element that declares the prefix of formulas, 0 outside of formulas
    int flags
    Bytes piece  # text that is kept and still stands in the XML
    Py_ssize_t piece_size
    unsigned char *joined  # text that is kept from several pieces
    Py_ssize_t used
    Py_ssize_t room
    Step *apart
    int apart_count


cdef class Scanner:
    """Reads elements of a name, and of what is in them what a form asks for.

    Parameters
    ----------
    name : str
        Of the element.
    form : metaleak.records.shapes.Form
        The fields.
    apart : sequence of str
        Names that are not accepted inside.
    """

    cdef Form *form
    cdef Step *apart
    cdef int apart_count
    cdef bytes name
    cdef list blocks
    cdef list kept

    def __cinit__(self, str name, form, apart=()):
        cdef int at
        self.kept = []
        self.blocks = []
        self.name = name.encode("ascii")
        self.form = self.form_of(form)
        self.apart_count = len(apart)
        self.apart = <Step *> self.room_for(self.apart_count * sizeof(Step))
        for at in range(self.apart_count):
            self.apart[at].name = self.bytes_of(apart[at], &self.apart[at].size)

    def __dealloc__(self):
        for block in self.blocks or ():
            PyMem_Free(<void *> <size_t> block)

    def read(self, bytes data not None, Py_ssize_t start=0):
        """Return what the fields of the form find in an element, and the place behind it.

        Parameters
        ----------
        data : bytes
            Holds the element.
        start : int
            Where it begins.

        Returns
        -------
        tuple of list and int
            None and -1 when the element is not whole, or not of the plainest kind.
        """
        cdef Place p
        cdef Step root
        cdef Bytes name = self.name
        cdef Bytes first = data
        cdef Py_ssize_t size = len(self.name)
        memset(&p, 0, sizeof(Place))
        memset(&root, 0, sizeof(Step))
        if not 0 <= start <= len(data):
            return None, -1
        p.at = first + start
        p.end = first + len(data)
        root.form = self.form
        p.apart = self.apart
        p.apart_count = self.apart_count
        slots = [None]
        if p.end - p.at < size + 2 or p.at[0] != b"<" or memcmp(p.at + 1, name, size) or IN_NAME[p.at[size + 1]]:
            return None, -1
        p.at += size + 1
        try:
            if not element(&p, name, size, False, &root, slots, False):
                return None, -1
        finally:
            PyMem_Free(p.joined)
        return slots[0], p.at - first

    cdef void *room_for(self, Py_ssize_t size) except NULL:
        cdef void *block = PyMem_Malloc(size if size else 1)
        if block == NULL:
            raise MemoryError
        memset(block, 0, size)
        self.blocks.append(<size_t> block)
        return block

    cdef Bytes bytes_of(self, str text, Py_ssize_t *size) except NULL:
        cdef bytes encoded = text.encode("ascii")
        self.kept.append(encoded)
        size[0] = len(encoded)
        return encoded

    cdef Form *form_of(self, form) except NULL:
        cdef Form *made = <Form *> self.room_for(sizeof(Form))
        cdef int at
        empty = list(form.empty)
        self.kept.append(empty)
        made.empty = <PyObject *> empty
        made.own_text = -1 if form.own_text is None else form.own_text
        made.own_name = -1 if form.own_name is None else form.own_name
        made.attribute_count = len(form.attributes)
        made.attributes = <Attribute *> self.room_for(made.attribute_count * sizeof(Attribute))
        for at in range(made.attribute_count):
            name, slot = form.attributes[at]
            made.attributes[at].name = self.bytes_of(name, &made.attributes[at].size)
            made.attributes[at].slot = slot
        made.step_count = len(form.steps)
        made.steps = self.steps_of(form.steps)
        return made

    cdef Step *steps_of(self, list steps) except NULL:
        cdef Step *made = <Step *> self.room_for(len(steps) * sizeof(Step))
        cdef int at
        if len(steps) > MOST_STEPS:
            raise ValueError(f"more than {MOST_STEPS} names in one element")
        for at, step in enumerate(steps):
            made[at].name = self.bytes_of(step.name, &made[at].size)
            made[at].any_name = step.name == "*"
            made[at].every = step.every
            made[at].listed = step.listed
            made[at].slot = -1 if step.slot is None else step.slot
            if step.form is not None:
                made[at].form = self.form_of(step.form)
            made[at].step_count = len(step.steps)
            made[at].steps = self.steps_of(step.steps)
        return made


# Each returns 1 where it went on, 0 where the XML is to be left to the parser, and -1 with an exception.

cdef int element(
    Place *p, Bytes name, Py_ssize_t size, bint prefixed, Step *step, list slots, bint inside_text
) except -1:
    """Read an element whose opening tag is read up to the end of its name."""
    cdef Form *form = step.form if step != NULL else NULL
    cdef Step *steps = NULL
    cdef Step *found
    cdef int step_count = 0
    cdef int went
    cdef bint is_empty = False
    cdef bint wants_text = False
    cdef bint child_prefixed
    cdef bint opens_formula = False
    cdef unsigned long long seen = 0
    cdef int hint = 0
    cdef int at
    cdef Bytes child
    cdef Py_ssize_t child_size
    cdef list own = slots
    p.depth += 1
    if p.depth > DEEPEST:
        return 0
    if step != NULL and not inside_text:
        if form != NULL:
            own = (<list> form.empty)[:]
            steps, step_count = form.steps, form.step_count
            wants_text = form.own_text >= 0
            if form.own_name >= 0:
                own[form.own_name] = PyUnicode_DecodeASCII(<const char *> name, size, NULL)
        else:
            steps, step_count = step.steps, step.step_count
            wants_text = step.slot >= 0
    went = attributes(p, form, own, &is_empty, &opens_formula)
    if went != 1:
        return went
    if opens_formula:
        if p.math:
            return 0
        p.math = p.depth
    if prefixed and not p.math:
        return 0
    if wants_text:
        p.flags = 0
        p.used = 0
        p.piece_size = 0
    if not is_empty:
        while True:
            went = run(p, inside_text or wants_text)
            if went != 1:
                return went
            # Here stands "<", and something behind it.
            p.at += 1
            if p.at[0] == b"/":
                p.at += 1
                if p.end - p.at <= size or memcmp(p.at, name, size) or p.at[size] != b">":
                    return 0
                p.at += size + 1
                break
            child = p.at
            child_prefixed = False
            child_size = name_size(p, &child_prefixed)
            if not child_size:
                return 0
            for at in range(p.apart_count):
                if p.apart[at].size == child_size and not memcmp(p.apart[at].name, child, child_size):
                    return 0
            found = NULL
            if step_count and not wants_text:
                found = step_to(steps, step_count, child, child_size, &seen, &hint)
                if found != NULL and child_prefixed:
                    return 0
            went = element(p, child, child_size, child_prefixed, found, own, inside_text or wants_text)
            if went != 1:
                return went
    if p.math == p.depth:
        p.math = 0
    p.depth -= 1
    if step == NULL or inside_text or step.slot < 0:
        return 1
    if form == NULL:
        value = kept_text(p)
    else:
        if wants_text:
            own[form.own_text] = kept_text(p)
        value = own
    if not step.listed:
        slots[step.slot] = value
    elif slots[step.slot]:
        (<list> slots[step.slot]).append(value)
    else:
        slots[step.slot] = [value]
    return 1


cdef inline Step *step_to(
    Step *steps, int count, Bytes name, Py_ssize_t size, unsigned long long *seen, int *hint
) noexcept:
    """Return the step to a child, or NULL; children stand mostly in the order of the steps."""
    cdef int turn, at
    for turn in range(count):
        at = hint[0] + turn
        if at >= count:
            at -= count
        if steps[at].any_name or (steps[at].size == size and not memcmp(steps[at].name, name, size)):
            hint[0] = at
            if not steps[at].every:
                if seen[0] >> at & 1:
                    return NULL
                seen[0] |= 1ULL << at
            return &steps[at]
    return NULL


cdef inline Py_ssize_t name_size(Place *p, bint *prefixed) noexcept:
    """Go behind a name and return its length; 0 when it is none that is accepted."""
    cdef Bytes start = p.at
    if p.at >= p.end or not STARTS_NAME[p.at[0]]:
        return 0
    while p.at < p.end and IN_NAME[p.at[0]]:
        p.at += 1
    if p.at < p.end and p.at[0] == b":":
        if p.at - start != 3 or memcmp(start, b"mml", 3):
            return 0
        prefixed[0] = True
        p.at += 1
        if p.at >= p.end or not STARTS_NAME[p.at[0]]:
            return 0
        while p.at < p.end and IN_NAME[p.at[0]]:
            p.at += 1
    return p.at - start


cdef int attributes(Place *p, Form *form, list own, bint *is_empty, bint *opens_formula) except -1:
    """Read the attributes of an opening tag and its end."""
    cdef Bytes names[MOST_ATTRIBUTES]
    cdef Py_ssize_t sizes[MOST_ATTRIBUTES]
    cdef Bytes value
    cdef int count = 0
    cdef int at, went
    cdef bint white, declares, prefixed, wanted
    cdef Py_ssize_t slot
    while True:
        white = False
        while p.at < p.end and (p.at[0] == b" " or KIND[p.at[0]] == WHITE):
            p.at += 1
            white = True
        if p.at >= p.end:
            return 0
        if p.at[0] == b">":
            p.at += 1
            return 1
        if p.at[0] == b"/":
            if p.end - p.at < 2 or p.at[1] != b">":
                return 0
            p.at += 2
            is_empty[0] = True
            return 1
        if not white or count == MOST_ATTRIBUTES:
            return 0
        declares = p.end - p.at > 9 and not memcmp(p.at, b"xmlns:mml", 9)
        names[count] = p.at
        if declares:
            p.at += 9
        else:
            prefixed = False
            if not name_size(p, &prefixed) or prefixed:
                return 0
        sizes[count] = p.at - names[count]
        if sizes[count] == 5 and not memcmp(names[count], b"xmlns", 5):
            return 0
        for at in range(count):
            if sizes[at] == sizes[count] and not memcmp(names[at], names[count], sizes[at]):
                return 0
        if p.end - p.at < 2 or p.at[0] != b"=" or p.at[1] != b'"':
            return 0
        p.at += 2
        slot = -1
        if form != NULL:
            for at in range(form.attribute_count):
                if form.attributes[at].size == sizes[count] and not memcmp(
                    form.attributes[at].name, names[count], sizes[count]
                ):
                    slot = form.attributes[at].slot
        count += 1
        value = p.at
        wanted = slot >= 0
        if wanted:
            p.used = 0
            p.piece_size = 0
        went = quoted(p, wanted)
        if went != 1:
            return went
        if declares:
            if p.at - value != MATH_SIZE or memcmp(value, MATH, MATH_SIZE):
                return 0
            opens_formula[0] = True
        if wanted:
            own[slot] = raw_text(p)
        p.at += 1


cdef int run(Place *p, bint keep) except -1:
    """Go through text to the next tag, and keep it where that is wanted."""
    cdef Bytes start = p.at
    cdef Bytes at = p.at
    cdef Bytes end = p.end
    cdef Bytes tag
    cdef int size, kind
    if keep and p.piece_size and not put_by(p):
        return 0
    if at < end and at[0] != b"<":
        tag = <Bytes> memchr(at, b"<", end - at)
        if tag == NULL:
            return 0
        if tag - at >= LONG and is_ordinary(at, tag - at):
            at = tag
    while at < end:
        kind = KIND[at[0]]
        if kind == ORDINARY or kind == QUOTE:
            at += 1
        elif kind == LESS:
            if end - at < 2:
                return 0
            p.at = at
            if keep:
                p.piece = start
                p.piece_size = at - start
            return 1
        elif kind == BEYOND_ASCII:
            size = utf8_size(at, end)
            if not size:
                return 0
            at += size
            p.flags |= HAS_WIDE
        elif kind == WHITE or kind == DELETE:
            at += 1
            p.flags |= HAS_ODD
        elif kind == AMPERSAND:
            p.piece = start
            p.piece_size = at - start
            p.at = at + 1
            if not reference(p, keep):
                return 0
            start = at = p.at
        elif kind == GREATER:
            if at - start > 1 and (at - 1)[0] == b"]" and (at - 2)[0] == b"]":
                return 0
            at += 1
        else:
            return 0
    return 0


cdef inline bint is_ordinary(Bytes at, Py_ssize_t size) noexcept:
    """Whether bytes are characters of ASCII that mean nothing in XML; a loop that compilers make one of vectors."""
    cdef unsigned char other = 0
    cdef Py_ssize_t each
    for each in range(size):
        other |= (<unsigned char> (at[each] - 32) > 94) | (at[each] == 38) | (at[each] == 62)
    return not other


cdef inline bint has_two_spaces(Bytes at, Py_ssize_t size) noexcept:
    cdef unsigned char found = 0
    cdef Py_ssize_t each
    for each in range(size - 1):
        found |= (at[each] == 32) & (at[each + 1] == 32)
    return found


cdef int quoted(Place *p, bint keep) except -1:
    """Go through the value of an attribute to its quote, and keep it where that is wanted."""
    cdef Bytes start = p.at
    cdef Bytes at = p.at
    cdef Bytes end = p.end
    cdef int size, kind
    while at < end:
        kind = KIND[at[0]]
        if kind == ORDINARY or kind == GREATER or kind == DELETE:
            at += 1
        elif kind == QUOTE:
            p.at = at
            if keep:
                p.piece = start
                p.piece_size = at - start
            return 1
        elif kind == BEYOND_ASCII:
            size = utf8_size(at, end)
            if not size:
                return 0
            at += size
        elif kind == AMPERSAND:
            p.piece = start
            p.piece_size = at - start
            p.at = at + 1
            if not reference(p, keep):
                return 0
            start = at = p.at
        else:
            return 0
    return 0


cdef inline int utf8_size(Bytes at, Bytes end) noexcept:
    """Return the bytes of a character beyond ASCII; 0 when it is broken or XML forbids it."""
    cdef unsigned char first = at[0]
    if first < 0xC2 or end - at < 2 or at[1] & 0xC0 != 0x80:
        return 0
    if first < 0xE0:
        return 2
    if end - at < 3 or at[2] & 0xC0 != 0x80:
        return 0
    if first < 0xF0:
        if first == 0xE0 and at[1] < 0xA0 or first == 0xED and at[1] > 0x9F:
            return 0
        return 0 if first == 0xEF and at[1] == 0xBF and at[2] >= 0xBE else 3
    if end - at < 4 or at[3] & 0xC0 != 0x80 or first > 0xF4:
        return 0
    if first == 0xF0 and at[1] < 0x90 or first == 0xF4 and at[1] > 0x8F:
        return 0
    return 4


cdef int reference(Place *p, bint keep) except -1:
    """Read a reference behind its ampersand, and keep what stands before it and what it stands for."""
    cdef long code = 0
    cdef int digits = 0
    cdef unsigned char c
    cdef unsigned char made[4]
    cdef int size
    cdef Py_ssize_t left = p.end - p.at
    p.flags |= HAS_REFERENCE
    if left > 2 and p.at[0] == b"#":
        p.at += 1
        if p.at[0] == b"x":
            p.at += 1
            while p.at < p.end and digits < 7:
                c = p.at[0]
                if 48 <= c <= 57:
                    code = code * 16 + c - 48
                elif 65 <= c <= 70:
                    code = code * 16 + c - 55
                elif 97 <= c <= 102:
                    code = code * 16 + c - 87
                else:
                    break
                p.at += 1
                digits += 1
        else:
            while p.at < p.end and digits < 8 and 48 <= p.at[0] <= 57:
                code = code * 10 + p.at[0] - 48
                p.at += 1
                digits += 1
        if not digits or p.at >= p.end or p.at[0] != b";":
            return 0
        p.at += 1
        if code < 32:
            if code != 9 and code != 10 and code != 13:
                return 0
            p.flags |= HAS_ODD
        if 0xD800 <= code < 0xE000 or code == 0xFFFE or code == 0xFFFF or code > 0x10FFFF:
            return 0
    elif left > 3 and not memcmp(p.at, b"lt;", 3):
        code = 60
        p.at += 3
    elif left > 3 and not memcmp(p.at, b"gt;", 3):
        code = 62
        p.at += 3
    elif left > 4 and not memcmp(p.at, b"amp;", 4):
        code = 38
        p.at += 4
    elif left > 5 and not memcmp(p.at, b"quot;", 5):
        code = 34
        p.at += 5
    elif left > 5 and not memcmp(p.at, b"apos;", 5):
        code = 39
        p.at += 5
    else:
        return 0
    if code == 127:
        p.flags |= HAS_ODD
    elif code > 127:
        p.flags |= HAS_WIDE
    if not keep:
        return 1
    if code < 0x80:
        made[0] = code
        size = 1
    elif code < 0x800:
        made[0] = 0xC0 | code >> 6
        made[1] = 0x80 | code & 63
        size = 2
    elif code < 0x10000:
        made[0] = 0xE0 | code >> 12
        made[1] = 0x80 | code >> 6 & 63
        made[2] = 0x80 | code & 63
        size = 3
    else:
        made[0] = 0xF0 | code >> 18
        made[1] = 0x80 | code >> 12 & 63
        made[2] = 0x80 | code >> 6 & 63
        made[3] = 0x80 | code & 63
        size = 4
    put_by(p)
    p.piece = made
    p.piece_size = size
    return put_by(p)


cdef int put_by(Place *p) except -1:
    """Add the piece that still stands in the XML to what is kept."""
    cdef void *more
    if p.used + p.piece_size > p.room:
        p.room = 2 * (p.used + p.piece_size) + 4096
        more = PyMem_Realloc(p.joined, p.room)
        if more == NULL:
            raise MemoryError
        p.joined = <unsigned char *> more
    memcpy(p.joined + p.used, p.piece, p.piece_size)
    p.used += p.piece_size
    p.piece_size = 0
    return 1


cdef inline Bytes kept_bytes(Place *p, Py_ssize_t *size) except? NULL:
    """Return what is kept: where it stands in the XML when it is one piece."""
    if not p.used:
        size[0] = p.piece_size
        return p.piece
    put_by(p)
    size[0] = p.used
    return p.joined


cdef object raw_text(Place *p):
    cdef Py_ssize_t size = 0
    cdef Bytes text = kept_bytes(p, &size)
    return PyUnicode_DecodeUTF8(<const char *> text, size, NULL) if size else EMPTY


cdef object kept_text(Place *p):
    """Return what is kept as records.text.clean has it."""
    cdef Py_ssize_t size = 0
    cdef Bytes text = kept_bytes(p, &size)
    cdef Py_ssize_t at
    if not size:
        return EMPTY
    while size and text[0] == b" ":
        text += 1
        size -= 1
    while size and text[size - 1] == b" ":
        size -= 1
    if not size:
        return EMPTY
    if p.flags & HAS_REFERENCE:
        for at in range(size - 1):
            if (text[at] == b"<" or text[at] == b"&") and may_be_markup(text[at + 1]):
                return clean(PyUnicode_DecodeUTF8(<const char *> text, size, NULL))
    if not p.flags & (HAS_WIDE | HAS_ODD) and not has_two_spaces(text, size):
        return PyUnicode_DecodeASCII(<const char *> text, size, NULL)
    return on_one_line(text, size)


cdef inline bint may_be_markup(unsigned char c) noexcept:
    return STARTS_NAME[c] or c == b"/" or c == b"#" or c > 127


cdef object on_one_line(Bytes text, Py_ssize_t size):
    """Return text without markup, with one space for white space; Python cleans what holds more than that."""
    cdef Bytes end = text + size
    cdef Bytes at = text
    cdef Py_ssize_t used = 0
    cdef unsigned int code
    cdef unsigned char sort
    cdef Py_UCS2 *made = <Py_UCS2 *> PyMem_Malloc(size * sizeof(Py_UCS2))
    if made == NULL:
        raise MemoryError
    try:
        while at < end:
            code = at[0]
            if code < 0x80:
                at += 1
            elif code < 0xE0:
                code = (code & 31) << 6 | at[1] & 63
                at += 2
            elif code < 0xF0:
                code = (code & 15) << 12 | (at[1] & 63) << 6 | at[2] & 63
                at += 3
            else:
                code = TABLE_END
            sort = IS[code] if code < TABLE_END else OTHER
            if sort == PLAIN:
                made[used] = code
                used += 1
            elif sort == OTHER:
                return clean(PyUnicode_DecodeUTF8(<const char *> text, size, NULL))
            elif used and made[used - 1] != 32:
                made[used] = 32
                used += 1
        if used and made[used - 1] == 32:
            used -= 1
        return PyUnicode_FromKindAndData(2, made, used)
    finally:
        PyMem_Free(made)
