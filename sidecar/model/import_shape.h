/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_shape.h - the tables that say what a realm file may look like.
 */
#ifndef MODEL_IMPORT_SHAPE_H
#define MODEL_IMPORT_SHAPE_H

#include <stdbool.h>

/* Type of a member, and what is checked about it. */
enum shape {
    SHAPE_TEXT,         /* a text without control characters */
    SHAPE_NAME,         /* 1 to 255 bytes of that */
    SHAPE_ID,           /* doc_id_ok() */
    SHAPE_BIG,          /* any text */
    SHAPE_FLAG,         /* true, false, or the text of one */
    SHAPE_NUMBER,       /* whole, or the text of one */
    SHAPE_TEXTS,        /* array of SHAPE_TEXT */
    SHAPE_NAMES,        /* array of SHAPE_NAME */
    SHAPE_MAP,          /* object of texts; flags and numbers become texts */
    SHAPE_LISTS,        /* object of arrays of SHAPE_NAME */
    SHAPE_VALUES,       /* object of arrays of any texts, or single texts */
    SHAPE_OBJECT,       /* one object of `inner`, or any when NULL */
    SHAPE_OBJECTS,      /* array of objects of `inner` */
    SHAPE_OBJECTS_BY,   /* object of arrays of objects of `inner` */
};

/* One member; a table ends with a row without name. Members without a row
 * may be anything. */
struct shape_member {
    const char                 *name;
    enum shape                  type;
    bool                        required;
    const struct shape_member  *inner;
};

/* The realm, and by it everything else. */
extern const struct shape_member  import_realm_shape[];

#endif
