/* The hot functions of sidetable_core, in C.
 *
 * Each is made from the Python function that it stands for, its *reference*, and has only the usual
 * case. Whatever is unusual - an error, another type, something left by a finalizer - it leaves to
 * the reference, called with the same arguments. So there is one place where a rule is written, and
 * an error has the same type and text whoever ran first.
 *
 * A binding is an immutable tuple: a reference for each index, the anchor of the table, the owner.
 * It is read from the context once, and owned while it is used.
 *
 * Almost everything that allocates, and every reference that is dropped, can run other people's
 * code, which may call the very function that is running. So nothing borrowed is used after such a
 * call, fields of our own are replaced before what they held is dropped, and a tuple is not shown
 * to the collector before it is full.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#ifdef Py_GIL_DISABLED
#error "sidetable-native needs the GIL: on a free-threaded Python use sidetable-core without it"
#endif

/* What a function holds, of its kind; what it does not need is NULL. */
#define OBJECTS(DO)                                                                                 \
    DO(PyObject, reference)                  /* the function that it stands for */                  \
    DO(PyObject, variable)                   /* of the table; for frames, that of their homes */    \
    DO(PyObject, anchor)                                                                            \
    DO(PyObject, owner)                      /* of the table */                                     \
    DO(PyObject, kinds)                      /* of the usual sources: a tuple of types */           \
    DO(PyObject, retired)                    /* the numbers of tables to be swept: a set */         \
    DO(PyObject, finish)                     /* ends an entry call that owns something */           \
    DO(PyObject, enter)                      /* the function that enters frames */                  \
    DO(PyTypeObject, held_type)              /* of strong references, or of held registrations */   \
    DO(PyTypeObject, owner_type)                                                                    \
    DO(PyTypeObject, frame_owner_type)                                                              \
    DO(PyTypeObject, frame_type)                                                                    \
    DO(PyTypeObject, state_type)                                                                    \
    DO(PyTypeObject, registration_type)                                                             \
    DO(PyTypeObject, registrations_type)     /* found out by the first call */                      \
    DO(PyTypeObject, self_type)              /* of what it is a method of; likewise */

#define FIELD(type, name) type *name;
#define VISIT(type, name) Py_VISIT(self->name);
#define DROP(type, name) Py_XDECREF(self->name);

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    OBJECTS(FIELD)
    PyObject *latest;   /* what the call before left, to be used again */
    Py_ssize_t size;    /* how many indices an entry binds */
    /* Where instances keep what their classes' __slots__ name. */
    Py_ssize_t at_value;
    Py_ssize_t at_token, at_holds, at_binding, at_is_open, at_home;
    Py_ssize_t at_state, at_frame_state, at_owner, at_owned, at_references, at_named;
    Py_ssize_t at_registrations, at_variable, at_anchor, at_proxy;
    Py_ssize_t at_origin, at_type_name, at_code, at_instruction;
    PyObject *dict;
    PyObject *weakrefs;
} Function;

typedef struct {
    PyTypeObject *function_type;
} State;

/* --- slots of Python's classes ----------------------------------------------------------------- */

#define TYPE(given) ((PyTypeObject *)Py_NewRef(given))

#define SLOT(object, offset) (*(PyObject **)((char *)(object) + (offset)))

/* Where instances of a class keep what one of its __slots__ names; -1 with an error if nowhere. */
static Py_ssize_t
slot_of(PyTypeObject *type, const char *name)
{
    PyObject *found = PyObject_GetAttrString((PyObject *)type, name);
    if (found == NULL) {
        return -1;
    }
    Py_ssize_t offset = -1;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        PyMemberDescrObject *member = (PyMemberDescrObject *)found;
        if (member->d_member->type == T_OBJECT_EX &&
            PyType_IsSubtype(type, member->d_common.d_type)) {
            offset = member->d_member->offset;
        }
    }
    Py_DECREF(found);
    if (offset < 0) {
        PyErr_Format(PyExc_TypeError, "%R has no slot %s", type, name);
    }
    return offset;
}

/* Replaces what a slot holds; takes over the reference to the value. */
static inline void
fill(PyObject *object, Py_ssize_t offset, PyObject *value)
{
    PyObject *old = SLOT(object, offset);
    SLOT(object, offset) = value;
    Py_XDECREF(old);
}

static inline PyObject *
new_none(void)
{
    return Py_NewRef(Py_None);
}

/* Whether a slot that is None or a list has nothing in it. */
static inline int
is_empty(PyObject *list)
{
    return list == Py_None || (list != NULL && PyList_CheckExact(list) && PyList_GET_SIZE(list) == 0);
}

/* --- references and bindings ------------------------------------------------------------------- */

static inline int
is_weak(PyObject *reference)
{
    return Py_IS_TYPE(reference, &_PyWeakref_RefType);
}

/* The object of a weak reference, as one's own; NULL if it is dead, or about to be: between the last
 * reference and the clearing of weak ones it has none. With the GIL this is what PyWeakref_GetRef
 * does, which takes a fifth of a lookup to call. */
static inline PyObject *
object_of(PyObject *reference)
{
    PyObject *value = ((PyWeakReference *)reference)->wr_object;
    return value == Py_None || Py_REFCNT(value) == 0 ? NULL : Py_NewRef(value);
}

/* Whether the references of a binding give these objects. The objects are alive, so a reference to
 * one of them has not been cleared, and nothing has to be owned for a comparison by identity. */
static inline int
gives(PyObject *binding, PyObject *const *objects, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *reference = PyTuple_GET_ITEM(binding, i);
        if (!is_weak(reference) ||
            ((PyWeakReference *)reference)->wr_object != objects[i] || objects[i] == Py_None) {
            return 0;
        }
    }
    return 1;
}

/* The binding of the current context, as one's own. NULL without an error if there is none. */
static inline PyObject *
bound(PyObject *variable)
{
    PyObject *value = NULL;
    if (PyContextVar_Get(variable, NULL, &value) < 0) {
        PyErr_Clear(); /* the reference will meet it again */
        return NULL;
    }
    if (value != NULL && !(PyTuple_CheckExact(value) && PyTuple_GET_SIZE(value) >= 2)) {
        Py_CLEAR(value);
    }
    return value;
}

#define OWNER_OF(binding) PyTuple_GET_ITEM(binding, PyTuple_GET_SIZE(binding) - 1)

/* Weak references to objects, with room behind them, not shown to the collector. NULL with an
 * error. The empty tuple, of which there is only one, is never shown. */
static PyObject *
references_with_room(PyObject *const *objects, Py_ssize_t count, Py_ssize_t room)
{
    PyObject *references = PyTuple_New(count + room);
    if (references == NULL || count + room == 0) {
        return references;
    }
    PyObject_GC_UnTrack(references);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *reference = PyWeakref_NewRef(objects[i], NULL);
        if (reference == NULL) {
            Py_DECREF(references);
            return NULL;
        }
        PyTuple_SET_ITEM(references, i, reference);
    }
    return references;
}

/* Weak references to objects. NULL with an error. */
static PyObject *
references_to(PyObject *const *objects, Py_ssize_t count)
{
    PyObject *references = references_with_room(objects, count, 0);
    if (references != NULL && count > 0) {
        PyObject_GC_Track(references);
    }
    return references;
}

/* A binding of these objects, by new weak references. NULL with an error. */
static PyObject *
binding_of(PyObject *const *objects, Py_ssize_t count, PyObject *anchor, PyObject *owner)
{
    PyObject *binding = references_with_room(objects, count, 2);
    if (binding != NULL) {
        PyTuple_SET_ITEM(binding, count, Py_NewRef(anchor));
        PyTuple_SET_ITEM(binding, count + 1, Py_NewRef(owner));
        PyObject_GC_Track(binding);
    }
    return binding;
}

/* A binding with the first references of a tuple. NULL with an error. */
static PyObject *
binding_with(PyObject *references, Py_ssize_t count, PyObject *anchor, PyObject *owner)
{
    PyObject *binding = PyTuple_New(count + 2);
    if (binding == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyTuple_SET_ITEM(binding, i, Py_NewRef(PyTuple_GET_ITEM(references, i)));
    }
    PyTuple_SET_ITEM(binding, count, Py_NewRef(anchor));
    PyTuple_SET_ITEM(binding, count + 1, Py_NewRef(owner));
    return binding;
}

/* A small number that is not negative; -1 for anything else, without an error. */
static inline Py_ssize_t
index_of(PyObject *number)
{
    if (!PyLong_CheckExact(number)) {
        return -1;
    }
#if PY_VERSION_HEX >= 0x030C0000
    PyLongObject *exact = (PyLongObject *)number;
    return PyUnstable_Long_IsCompact(exact) ? PyUnstable_Long_CompactValue(exact) : -1;
#else
    Py_ssize_t digits = Py_SIZE(number);
    return digits == 1 ? (Py_ssize_t)((PyLongObject *)number)->ob_digit[0] : digits == 0 ? 0 : -1;
#endif
}

/* --- the functions ----------------------------------------------------------------------------- */

#define CALL(name)                                                                                  \
    static PyObject *name(                                                                          \
        PyObject *function, PyObject *const *args, size_t nargsf, PyObject *kwnames)

#define REFERENCE                                                                                   \
    PyObject_Vectorcall(((Function *)function)->reference, args, nargsf, kwnames)

#define GIVEN PyVectorcall_NARGS(nargsf)

/* get(index) */
CALL(lookup_call)
{
    Function *self = (Function *)function;
    Py_ssize_t index;
    PyObject *binding;
    if (GIVEN == 1 && kwnames == NULL && (index = index_of(args[0])) >= 0 &&
        (binding = bound(self->variable)) != NULL) {
        PyObject *value = NULL;
        if (index < PyTuple_GET_SIZE(binding) - 2) {
            PyObject *reference = PyTuple_GET_ITEM(binding, index);
            if (is_weak(reference)) {
                value = object_of(reference);
            }
            else if (Py_IS_TYPE(reference, self->held_type)) {
                value = SLOT(reference, self->at_value);
                value = value == Py_None ? NULL : Py_XNewRef(value);
            }
        }
        Py_DECREF(binding);
        if (value != NULL) {
            return value;
        }
    }
    return REFERENCE;
}

/* store(*objects) */
CALL(store_call)
{
    Function *self = (Function *)function;
    Py_ssize_t count = GIVEN;
    PyObject *found;
    if (kwnames == NULL && (found = bound(self->variable)) != NULL) {
        /* A binding of as many objects, and no frame's. What `set` has put in gives no object. */
        int is_usual = PyTuple_GET_SIZE(found) == count + 2 && OWNER_OF(found) == self->owner;
        if (is_usual && gives(found, args, count)) {
            Py_DECREF(found);
            Py_RETURN_NONE;
        }
        Py_DECREF(found);
        if (is_usual) {
            PyObject *binding = binding_of(args, count, self->anchor, self->owner);
            if (binding != NULL) {
                PyObject *token = PyContextVar_Set(self->variable, binding);
                Py_DECREF(binding);
                if (token == NULL) {
                    return NULL;
                }
                Py_DECREF(token);
                Py_RETURN_NONE;
            }
            if (!PyErr_ExceptionMatches(PyExc_TypeError)) {
                return NULL;
            }
            PyErr_Clear();
        }
    }
    return REFERENCE;
}

/* Whether an owner to which there is one reference, ours, has ended. Nobody can tell it from a new
 * one, and to make one and to free it is a third of an entry call. */
static inline int
is_spare(Function *self, PyObject *owner)
{
    return Py_REFCNT(owner) == 1 &&
           SLOT(owner, self->at_token) == Py_None && SLOT(owner, self->at_holds) == Py_None &&
           *(PyObject **)((char *)owner + self->owner_type->tp_weaklistoffset) == NULL;
}

/* bind(*objects), for all indices and weakly.
 *
 * `latest` is the binding of the call before. Its references are used again if they still give
 * these objects; and all of it, with its owner, if the call has ended and nobody else has either. */
CALL(bind_call)
{
    Function *self = (Function *)function;
    Py_ssize_t count = GIVEN;
    if (kwnames != NULL || count != self->size) {
        return REFERENCE;
    }
    PyObject *latest = self->latest;
    int is_same = latest != NULL && gives(latest, args, count);
    PyObject *binding;
    if (is_same && Py_REFCNT(latest) == 1 && is_spare(self, OWNER_OF(latest))) {
        binding = Py_NewRef(latest);
    }
    else {
        Py_XINCREF(latest);
        PyObject *owner = self->owner_type->tp_alloc(self->owner_type, 0);
        if (owner == NULL) {
            Py_XDECREF(latest);
            return NULL;
        }
        SLOT(owner, self->at_token) = new_none();
        SLOT(owner, self->at_holds) = new_none();
        binding = is_same ? binding_with(latest, count, self->anchor, owner)
                          : binding_of(args, count, self->anchor, owner);
        Py_XDECREF(latest);
        Py_DECREF(owner);
        if (binding == NULL) {
            if (!PyErr_ExceptionMatches(PyExc_TypeError)) {
                return NULL;
            }
            PyErr_Clear();
            return REFERENCE;
        }
        Py_XSETREF(self->latest, Py_NewRef(binding));
    }
    PyObject *owner = Py_NewRef(OWNER_OF(binding));
    PyObject *token = PyContextVar_Set(self->variable, binding);
    Py_DECREF(binding);
    if (token == NULL) {
        Py_DECREF(owner);
        return NULL;
    }
    fill(owner, self->at_token, token);
    return owner;
}

/* Whether a slot has the token of a binding that has not been taken off. */
static inline int
is_token(PyObject *value)
{
    return value != NULL && PyContextToken_CheckExact(value);
}

/* restore(owner) */
CALL(restore_call)
{
    Function *self = (Function *)function;
    if (kwnames != NULL || GIVEN != 1 || !Py_IS_TYPE(args[0], self->owner_type) ||
        !is_token(SLOT(args[0], self->at_token))) {
        return REFERENCE;
    }
    PyObject *owner = args[0];
    PyObject *token = Py_NewRef(SLOT(owner, self->at_token));
    PyObject *replaced = bound(self->variable); /* held until the end, as the reference does */
    int status = PyContextVar_Reset(self->variable, token);
    Py_DECREF(token);
    PyObject *result = NULL;
    if (status == 0) {
        fill(owner, self->at_token, new_none());
        result = SLOT(owner, self->at_holds) == Py_None
                     ? new_none()
                     : PyObject_CallOneArg(self->finish, owner);
    }
    Py_XDECREF(replaced);
    return result;
}

/* --- the methods ------------------------------------------------------------------------------- */

/* A state, if it has all that it should; else NULL without an error. */
static inline PyObject *
usable_state(Function *self, PyObject *state)
{
    return state != NULL && Py_IS_TYPE(state, self->state_type) &&
                   SLOT(state, self->at_registrations) != NULL &&
                   SLOT(state, self->at_variable) != NULL && SLOT(state, self->at_anchor) != NULL
               ? state
               : NULL;
}

/* The state of a table, borrowed; NULL without an error if this is no table. What class a table has
 * is not known before it is made, so the first call finds out. */
static PyObject *
state_of(Function *self, PyObject *table)
{
    if (self->self_type == NULL) {
        if ((self->at_state = slot_of(Py_TYPE(table), "_state")) < 0) {
            PyErr_Clear();
            return NULL;
        }
        self->self_type = TYPE(Py_TYPE(table));
    }
    if (!Py_IS_TYPE(table, self->self_type)) {
        return NULL;
    }
    return usable_state(self, SLOT(table, self->at_state));
}

/* Whether this is what a context refers to that has only registered: the registrations' proxy. */
static int
is_proxy_of(Function *self, PyObject *registrations, PyObject *value)
{
    if (self->registrations_type == NULL) {
        if ((self->at_proxy = slot_of(Py_TYPE(registrations), "proxy")) < 0) {
            PyErr_Clear();
            return 0;
        }
        self->registrations_type = TYPE(Py_TYPE(registrations));
    }
    return Py_IS_TYPE(registrations, self->registrations_type) && value != NULL &&
           value == SLOT(registrations, self->at_proxy);
}

/* register_user_object(table, value, source), for the usual sources and weakly. */
CALL(register_call)
{
    Function *self = (Function *)function;
    PyObject *state;
    PyFrameObject *site;
    if (GIVEN != 3 || kwnames != NULL || (state = state_of(self, args[0])) == NULL ||
        (site = PyEval_GetFrame()) == NULL) {
        return REFERENCE;
    }
    PyObject *value = args[1], *source = args[2];
    int is_usual = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(self->kinds); i++) {
        is_usual |= PyTuple_GET_ITEM(self->kinds, i) == (PyObject *)Py_TYPE(source);
    }
    PyObject *given = is_usual ? PyTuple_Pack(1, value) : NULL;
    if (given == NULL) {
        return PyErr_Occurred() ? NULL : REFERENCE;
    }
    /* A subclass of weak references has no other constructor in C. */
    PyTypeObject *type = self->registration_type;
    PyObject *registration = _PyWeakref_RefType.tp_new(type, given, NULL);
    Py_DECREF(given);
    if (registration == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError)) {
            return NULL;
        }
        PyErr_Clear();
        return REFERENCE;
    }
    SLOT(registration, self->at_origin) = Py_NewRef(source);
    SLOT(registration, self->at_type_name) = PyType_GetQualName(Py_TYPE(value));
    SLOT(registration, self->at_code) = (PyObject *)PyFrame_GetCode(site);
    SLOT(registration, self->at_instruction) = PyLong_FromLong(PyFrame_GetLasti(site));
    PyObject *result = NULL;
    if (SLOT(registration, self->at_type_name) != NULL &&
        SLOT(registration, self->at_instruction) != NULL) {
        PyObject *current;
        PyObject *registrations = Py_NewRef(SLOT(state, self->at_registrations));
        Py_INCREF(state);
        if (PyContextVar_Get(SLOT(state, self->at_variable), NULL, &current) == 0) {
            if (is_proxy_of(self, registrations, current)) {
                Py_ssize_t index = PyList_GET_SIZE(registrations);
                if (PyList_Append(registrations, registration) == 0) {
                    result = PyLong_FromSsize_t(index);
                }
            }
            else {
                result = PyObject_CallMethod(state, "register", "O", registration);
            }
            Py_XDECREF(current);
        }
        Py_DECREF(state);
        Py_DECREF(registrations);
    }
    Py_DECREF(registration);
    return result;
}

/* Whether this is a frame, and its state and references are what they should be. */
static int
is_frame(Function *self, PyObject *frame)
{
    if (self->self_type == NULL) {
        PyTypeObject *type = Py_TYPE(frame);
        if ((self->at_state = slot_of(type, "_state")) < 0 ||
            (self->at_owner = slot_of(type, "_owner")) < 0 ||
            (self->at_owned = slot_of(type, "_owned")) < 0 ||
            (self->at_references = slot_of(type, "_references")) < 0) {
            PyErr_Clear();
            return 0;
        }
        self->self_type = TYPE(type);
    }
    return Py_IS_TYPE(frame, self->self_type) && SLOT(frame, self->at_owner) != NULL;
}

/* A frame's owner, borrowed, if it is open; else NULL without an error. */
static inline PyObject *
open_owner(Function *self, PyObject *frame)
{
    PyObject *owner = SLOT(frame, self->at_owner);
    return Py_IS_TYPE(owner, self->frame_owner_type) && SLOT(owner, self->at_is_open) == Py_True
               ? owner
               : NULL;
}

/* frame(table, *objects), if none of their indices is registered to be held. */
CALL(frame_call)
{
    Function *self = (Function *)function;
    Py_ssize_t count = GIVEN - 1;
    PyObject *state;
    if (count < 0 || kwnames != NULL || (state = state_of(self, args[0])) == NULL) {
        return REFERENCE;
    }
    PyObject *registrations = SLOT(state, self->at_registrations);
    for (Py_ssize_t i = 0; i < count && i < PyList_GET_SIZE(registrations); i++) {
        if (Py_IS_TYPE(PyList_GET_ITEM(registrations, i), self->held_type)) {
            return REFERENCE;
        }
    }
    PyObject *frame = NULL, *named = NULL, *owned = PyTuple_New(count), *references = NULL;
    Py_INCREF(state);
    if (owned == NULL) {
        goto end;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyTuple_SET_ITEM(owned, i, Py_NewRef(args[i + 1]));
    }
    /* Those of the frame before, if they still give these objects. */
    references = self->latest;
    if (references != NULL && PyTuple_GET_SIZE(references) == count &&
        gives(references, args + 1, count)) {
        Py_INCREF(references);
    }
    else if ((references = references_to(args + 1, count)) != NULL) {
        Py_XSETREF(self->latest, Py_NewRef(references));
    }
    else {
        if (PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Clear();
            frame = REFERENCE;
        }
        goto end;
    }
    if ((named = PyList_New(0)) == NULL ||
        (frame = self->frame_type->tp_alloc(self->frame_type, 0)) == NULL) {
        goto end;
    }
    SLOT(frame, self->at_owner) = new_none();
    SLOT(frame, self->at_frame_state) = Py_NewRef(state);
    SLOT(frame, self->at_owned) = Py_NewRef(owned);
    SLOT(frame, self->at_references) = Py_NewRef(references);
    SLOT(frame, self->at_named) = Py_NewRef(named);
end:
    Py_DECREF(state);
    Py_XDECREF(owned);
    Py_XDECREF(references);
    Py_XDECREF(named);
    return frame;
}

/* An owner of a frame that has not begun. NULL with an error. */
static PyObject *
new_frame_owner(Function *self)
{
    PyObject *home = PyList_New(0);
    PyObject *owner =
        home == NULL ? NULL : self->frame_owner_type->tp_alloc(self->frame_owner_type, 0);
    if (owner == NULL) {
        Py_XDECREF(home);
        return NULL;
    }
    SLOT(owner, self->at_token) = new_none();
    SLOT(owner, self->at_holds) = new_none();
    SLOT(owner, self->at_binding) = new_none();
    SLOT(owner, self->at_is_open) = Py_NewRef(Py_False);
    SLOT(owner, self->at_home) = home;
    return owner;
}

/* Begins an owner in this context; 0, or -1 with an error. */
static int
begin(Function *self, PyObject *owner)
{
    PyObject *token = PyContextVar_Set(self->variable, Py_None);
    int status = token == NULL ? -1 : PyList_Append(SLOT(owner, self->at_home), token);
    Py_XDECREF(token);
    fill(owner, self->at_is_open, Py_NewRef(Py_True));
    return status;
}

/* Whether what is bound needs no attention before another frame is entered: it is not that of a
 * frame that has ended, and where nothing is bound, no table has left anything to be swept. */
static int
is_settled(Function *self, PyObject *variable)
{
    PyObject *binding = bound(variable);
    if (binding == NULL) {
        return PySet_GET_SIZE(self->retired) == 0;
    }
    PyObject *owner = OWNER_OF(binding);
    int is_open = !Py_IS_TYPE(owner, self->frame_owner_type) ||
                  SLOT(owner, self->at_is_open) == Py_True;
    Py_DECREF(binding);
    return is_open;
}

/* __enter__(frame) */
CALL(enter_call)
{
    Function *self = (Function *)function;
    PyObject *frame, *state, *references;
    if (GIVEN != 1 || kwnames != NULL || !is_frame(self, frame = args[0]) ||
        SLOT(frame, self->at_owner) != Py_None ||
        (state = usable_state(self, SLOT(frame, self->at_state))) == NULL ||
        (references = SLOT(frame, self->at_references)) == NULL ||
        !PyTuple_CheckExact(references) || !is_settled(self, SLOT(state, self->at_variable))) {
        return REFERENCE;
    }
    Py_ssize_t count = PyTuple_GET_SIZE(references);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!is_weak(PyTuple_GET_ITEM(references, i))) {
            return REFERENCE;
        }
    }
    /* The frame's own, until it is left; it may be, by a finalizer. */
    Py_INCREF(state);
    Py_INCREF(references);
    PyObject *anchor = SLOT(state, self->at_anchor);
    PyObject *result = NULL, *binding = NULL, *token, *owner = self->latest;
    self->latest = NULL;
    if (owner == NULL || !is_spare(self, owner)) {
        Py_XSETREF(owner, new_frame_owner(self));
    }
    if (owner == NULL ||
        (binding = binding_with(references, count, anchor, owner)) == NULL) {
        goto end;
    }
    if (begin(self, owner) < 0) {
        goto end;
    }
    if (SLOT(frame, self->at_owner) != Py_None) {
        result = REFERENCE; /* a finalizer has entered it */
        goto end;
    }
    fill(frame, self->at_owner, Py_NewRef(owner));
    fill(owner, self->at_binding, Py_NewRef(binding));
    if ((token = PyContextVar_Set(SLOT(state, self->at_variable), binding)) != NULL) {
        fill(owner, self->at_token, token);
        result = Py_NewRef(frame);
    }
end:
    Py_DECREF(state);
    Py_DECREF(references);
    Py_XDECREF(binding);
    Py_XDECREF(owner);
    return result;
}

/* Ends an owner; 0, or -1 with an error. */
static int
end_owner(Function *self, PyObject *owner)
{
    fill(owner, self->at_is_open, Py_NewRef(Py_False));
    fill(owner, self->at_binding, new_none());
    if (is_empty(SLOT(owner, self->at_holds))) {
        return 0;
    }
    PyObject *done = PyObject_CallMethod(owner, "end", NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* What is left to do where a frame has been taken off; 0, or -1 with an error. */
static int
settle(Function *self, PyObject *state)
{
    PyObject *binding = bound(SLOT(state, self->at_variable));
    if (binding == NULL) {
        return 0;
    }
    PyObject *owner = OWNER_OF(binding), *done = Py_None;
    if (Py_IS_TYPE(owner, self->frame_owner_type)
            ? SLOT(owner, self->at_is_open) != Py_True
            : Py_IS_TYPE(owner, self->owner_type) &&
                  SLOT(owner, self->at_token) != Py_None &&
                  SLOT(owner, self->at_holds) == Py_None) {
        done = PyObject_CallMethod(state, "_settle_now_or_later", NULL);
        Py_XDECREF(done);
    }
    Py_DECREF(binding);
    return done == NULL ? -1 : 0;
}

/* __exit__(frame, kind, error, traceback), where it is the innermost. */
CALL(exit_call)
{
    Function *self = (Function *)function;
    PyObject *frame, *state, *owner;
    if (GIVEN != 4 || kwnames != NULL || !is_frame(self, frame = args[0]) ||
        (owner = open_owner(self, frame)) == NULL ||
        (state = usable_state(self, SLOT(frame, self->at_state))) == NULL) {
        return REFERENCE;
    }
    Py_INCREF(owner);
    Py_INCREF(state);
    fill(owner, self->at_binding, new_none());
    PyObject *owned = SLOT(frame, self->at_owned);
    PyObject *references = SLOT(frame, self->at_references);
    SLOT(frame, self->at_owned) = PyTuple_New(0);
    SLOT(frame, self->at_references) = PyTuple_New(0);
    Py_XDECREF(owned);
    Py_XDECREF(references);
    /* Finalizers have run. */
    PyObject *result = NULL;
    PyObject *variable = Py_NewRef(SLOT(state, self->at_variable));
    PyObject *binding = bound(variable);
    PyObject *token = Py_XNewRef(SLOT(owner, self->at_token));
    if (binding == NULL || OWNER_OF(binding) != owner || open_owner(self, frame) != owner ||
        !is_token(token)) {
        result = REFERENCE;
    }
    else if (PyContextVar_Reset(variable, token) < 0) {
        if (PyErr_ExceptionMatches(PyExc_ValueError) || PyErr_ExceptionMatches(PyExc_RuntimeError)) {
            PyErr_Clear();
            result = REFERENCE; /* this context is a copy of the frame's */
        }
    }
    else {
        fill(owner, self->at_token, new_none());
        /* The owner is for the next frame, and without its token, which holds a context. */
        if (end_owner(self, owner) == 0 && settle(self, state) == 0 &&
            PyList_SetSlice(SLOT(owner, self->at_home), 0, PY_SSIZE_T_MAX, NULL) == 0) {
            Py_XSETREF(((Function *)self->enter)->latest, Py_NewRef(owner));
            result = new_none();
        }
    }
    Py_XDECREF(token);
    Py_XDECREF(binding);
    Py_DECREF(variable);
    Py_DECREF(owner);
    Py_DECREF(state);
    return result;
}

/* __del__(frame), of one that was left or never entered. */
CALL(del_call)
{
    Function *self = (Function *)function;
    if (GIVEN == 1 && kwnames == NULL && is_frame(self, args[0])) {
        PyObject *owner = SLOT(args[0], self->at_owner);
        if (owner == Py_None || (Py_IS_TYPE(owner, self->frame_owner_type) &&
                                 SLOT(owner, self->at_is_open) == Py_False &&
                                 SLOT(owner, self->at_binding) == Py_None &&
                                 is_empty(SLOT(owner, self->at_holds)))) {
            Py_RETURN_NONE;
        }
    }
    return REFERENCE;
}

/* --- the type of the functions ----------------------------------------------------------------- */

static int
function_traverse(PyObject *op, visitproc visit, void *arg)
{
    Function *self = (Function *)op;
    Py_VISIT(Py_TYPE(op));
    OBJECTS(VISIT)
    Py_VISIT(self->latest);
    Py_VISIT(self->dict);
    return 0;
}

/* Only what every cycle through a function can be broken at. The rest stays until the function is
 * freed, because a finalizer may call one that has been cleared. */
static int
function_clear(PyObject *op)
{
    Py_CLEAR(((Function *)op)->latest);
    Py_CLEAR(((Function *)op)->dict);
    return 0;
}

static void
function_dealloc(PyObject *op)
{
    Function *self = (Function *)op;
    PyTypeObject *type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    if (self->weakrefs != NULL) {
        PyObject_ClearWeakRefs(op);
    }
    (void)function_clear(op);
    OBJECTS(DROP)
    type->tp_free(op);
    Py_DECREF(type);
}

static PyObject *
function_repr(PyObject *op)
{
    return PyObject_Repr(((Function *)op)->reference);
}

/* As a Python function does in a class. */
static PyObject *
function_get(PyObject *op, PyObject *instance, PyObject *Py_UNUSED(type))
{
    return instance == NULL || instance == Py_None ? Py_NewRef(op) : PyMethod_New(op, instance);
}

/* Copied as itself and pickled by name, as a Python function is. */
static PyObject *
function_reduce(PyObject *op, PyObject *Py_UNUSED(none))
{
    return PyObject_GetAttrString(op, "__qualname__");
}

static PyMethodDef function_methods[] = {
    {"__reduce__", function_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef function_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Function, call), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(Function, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Function, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef function_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot function_slots[] = {
    {Py_tp_dealloc, function_dealloc},
    {Py_tp_traverse, function_traverse},
    {Py_tp_clear, function_clear},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_repr, function_repr},
    {Py_tp_descr_get, function_get},
    {Py_tp_methods, function_methods},
    {Py_tp_members, function_members},
    {Py_tp_getset, function_getset},
    {0, NULL},
};

static PyType_Spec function_spec = {
    .name = "sidetable_native.Function",
    .basicsize = sizeof(Function),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = function_slots,
};

/* --- how they are made -------------------------------------------------------------------------- */

/* A function that does nothing yet. */
static Function *
new_function(PyObject *module, vectorcallfunc call, PyObject *reference)
{
    PyTypeObject *type = ((State *)PyModule_GetState(module))->function_type;
    Function *self = (Function *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->call = call;
        self->reference = Py_NewRef(reference);
    }
    return self;
}

static PyObject *
make_lookup(PyObject *module, PyObject *args)
{
    PyObject *reference, *variable, *held;
    if (!PyArg_ParseTuple(args, "OO!O!:lookup", &reference, &PyContextVar_Type, &variable,
                          &PyType_Type, &held)) {
        return NULL;
    }
    Function *self = new_function(module, lookup_call, reference);
    if (self == NULL) {
        return NULL;
    }
    self->variable = Py_NewRef(variable);
    self->held_type = TYPE(held);
    if ((self->at_value = slot_of(self->held_type, "_value")) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyObject *
make_store(PyObject *module, PyObject *args)
{
    PyObject *reference, *variable, *anchor, *owner;
    if (!PyArg_ParseTuple(args, "OO!OO:store", &reference, &PyContextVar_Type, &variable, &anchor,
                          &owner)) {
        return NULL;
    }
    Function *self = new_function(module, store_call, reference);
    if (self == NULL) {
        return NULL;
    }
    self->variable = Py_NewRef(variable);
    self->anchor = Py_NewRef(anchor);
    self->owner = Py_NewRef(owner);
    return (PyObject *)self;
}

static int
learn_owner(Function *self, PyObject *owner)
{
    self->owner_type = TYPE(owner);
    return (self->at_token = slot_of(self->owner_type, "token")) < 0 ||
           (self->at_holds = slot_of(self->owner_type, "holds")) < 0;
}

/* 0 if instances of a class can be weakly referenced, else -1 with an error. */
static int
knows_weakrefs(PyTypeObject *type)
{
    if (type->tp_weaklistoffset == 0) { /* it may be negative */
        PyErr_Format(PyExc_TypeError, "%R has no slot __weakref__", type);
        return -1;
    }
    return 0;
}

static PyObject *
make_bind(PyObject *module, PyObject *args)
{
    PyObject *reference, *variable, *anchor, *owner;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "OO!OO!n:bind", &reference, &PyContextVar_Type, &variable, &anchor,
                          &PyType_Type, &owner, &size)) {
        return NULL;
    }
    Function *self = new_function(module, bind_call, reference);
    if (self == NULL) {
        return NULL;
    }
    self->variable = Py_NewRef(variable);
    self->anchor = Py_NewRef(anchor);
    self->size = size;
    if (learn_owner(self, owner) || knows_weakrefs(self->owner_type) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyObject *
make_restore(PyObject *module, PyObject *args)
{
    PyObject *reference, *variable, *owner, *finish;
    if (!PyArg_ParseTuple(args, "OO!O!O:restore", &reference, &PyContextVar_Type, &variable,
                          &PyType_Type, &owner, &finish)) {
        return NULL;
    }
    Function *self = new_function(module, restore_call, reference);
    if (self == NULL) {
        return NULL;
    }
    self->variable = Py_NewRef(variable);
    self->finish = Py_NewRef(finish);
    if (learn_owner(self, owner)) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static int
learn_state(Function *self, PyObject *state)
{
    self->state_type = TYPE(state);
    return (self->at_registrations = slot_of(self->state_type, "registrations")) < 0 ||
           (self->at_variable = slot_of(self->state_type, "variable")) < 0 ||
           (self->at_anchor = slot_of(self->state_type, "anchor")) < 0;
}

static PyObject *
make_register(PyObject *module, PyObject *args)
{
    PyObject *reference, *state, *registration, *kinds;
    if (!PyArg_ParseTuple(args, "OO!O!O!:register", &reference, &PyType_Type, &state, &PyType_Type,
                          &registration, &PyTuple_Type, &kinds)) {
        return NULL;
    }
    Function *self = new_function(module, register_call, reference);
    if (self == NULL) {
        return NULL;
    }
    self->registration_type = TYPE(registration);
    self->kinds = Py_NewRef(kinds);
    if (!PyType_IsSubtype(self->registration_type, &_PyWeakref_RefType) ||
        learn_state(self, state) ||
        (self->at_origin = slot_of(self->registration_type, "origin")) < 0 ||
        (self->at_type_name = slot_of(self->registration_type, "type_name")) < 0 ||
        (self->at_code = slot_of(self->registration_type, "code")) < 0 ||
        (self->at_instruction = slot_of(self->registration_type, "instruction")) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyObject *
make_frame(PyObject *module, PyObject *args)
{
    PyObject *reference, *state, *frame, *held;
    if (!PyArg_ParseTuple(args, "OO!O!O!:frame", &reference, &PyType_Type, &state, &PyType_Type,
                          &frame, &PyType_Type, &held)) {
        return NULL;
    }
    Function *self = new_function(module, frame_call, reference);
    if (self == NULL) {
        return NULL;
    }
    self->frame_type = TYPE(frame);
    self->held_type = TYPE(held);
    /* The offset of a table's state is found out by the first call, that of a frame's is this. */
    if (learn_state(self, state) ||
        (self->at_frame_state = slot_of(self->frame_type, "_state")) < 0 ||
        (self->at_owner = slot_of(self->frame_type, "_owner")) < 0 ||
        (self->at_owned = slot_of(self->frame_type, "_owned")) < 0 ||
        (self->at_references = slot_of(self->frame_type, "_references")) < 0 ||
        (self->at_named = slot_of(self->frame_type, "_named")) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* The three methods of a frame. That which leaves it is given that which enters it. */
static PyObject *
make_method(PyObject *module, PyObject *args, vectorcallfunc call)
{
    PyObject *reference, *state, *owner, *frame_owner, *home, *retired, *enter = NULL;
    PyTypeObject *type = ((State *)PyModule_GetState(module))->function_type;
    if (!PyArg_ParseTuple(args, call == exit_call ? "OO!O!O!O!O!O!" : "OO!O!O!O!O!", &reference,
                          &PyType_Type, &state, &PyType_Type, &owner, &PyType_Type, &frame_owner,
                          &PyContextVar_Type, &home, &PySet_Type, &retired, type, &enter)) {
        return NULL;
    }
    Function *self = new_function(module, call, reference);
    if (self == NULL) {
        return NULL;
    }
    self->variable = Py_NewRef(home);
    self->retired = Py_NewRef(retired);
    self->enter = Py_XNewRef(enter);
    self->frame_owner_type = TYPE(frame_owner);
    if (learn_state(self, state) || learn_owner(self, owner) ||
        !PyType_IsSubtype(self->frame_owner_type, self->owner_type) ||
        (self->at_binding = slot_of(self->frame_owner_type, "binding")) < 0 ||
        (self->at_is_open = slot_of(self->frame_owner_type, "_is_open")) < 0 ||
        (self->at_home = slot_of(self->frame_owner_type, "_home")) < 0 ||
        knows_weakrefs(self->owner_type) < 0) {
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyObject *
make_enter(PyObject *module, PyObject *args)
{
    return make_method(module, args, enter_call);
}

static PyObject *
make_exit(PyObject *module, PyObject *args)
{
    return make_method(module, args, exit_call);
}

static PyObject *
make_del(PyObject *module, PyObject *args)
{
    return make_method(module, args, del_call);
}

static PyMethodDef module_methods[] = {
    {"make_lookup", make_lookup, METH_VARARGS, NULL},
    {"make_store", make_store, METH_VARARGS, NULL},
    {"make_bind", make_bind, METH_VARARGS, NULL},
    {"make_restore", make_restore, METH_VARARGS, NULL},
    {"make_register", make_register, METH_VARARGS, NULL},
    {"make_frame", make_frame, METH_VARARGS, NULL},
    {"make_enter", make_enter, METH_VARARGS, NULL},
    {"make_leave", make_exit, METH_VARARGS, NULL},
    {"make_delete", make_del, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* --- the module --------------------------------------------------------------------------------- */

static int
module_exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    state->function_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &function_spec, NULL);
    return state->function_type == NULL ? -1 : 0;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((State *)PyModule_GetState(module))->function_type);
    return 0;
}

static int
module_clear(PyObject *module)
{
    Py_CLEAR(((State *)PyModule_GetState(module))->function_type);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sidetable_native._hot",
    .m_size = sizeof(State),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__hot(void)
{
    return PyModuleDef_Init(&module_definition);
}
