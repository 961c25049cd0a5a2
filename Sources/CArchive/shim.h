#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

// What `archive_entry_filetype` answers; the constants of <archive_entry.h> are casts, which Swift does not import.
typedef enum {
    plumbline_entry_file,
    plumbline_entry_folder,
    plumbline_entry_link,
    plumbline_entry_other,
} plumbline_entry_kind;

static inline plumbline_entry_kind plumbline_archive_entry_kind(struct archive_entry *entry) {
    if (archive_entry_hardlink(entry)) return plumbline_entry_link;
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return plumbline_entry_file;
    case AE_IFDIR: return plumbline_entry_folder;
    case AE_IFLNK: return plumbline_entry_link;
    default: return plumbline_entry_other;
    }
}

// libarchive turns names into the thread's character set and drops those that do not fit it; a service usually runs in
// the C locale, which is ASCII. glibc has C.UTF-8 built in since 2.35; before that it is a file that may be missing.
static inline locale_t plumbline_utf8_locale(void) { return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }
