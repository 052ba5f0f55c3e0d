/* Never run: compiled in every dialect of C and C++ that the header promises, with every warning an error.
   The header comes first, so that it is seen to bring all it needs, and twice, so that its guard is seen. */
#include "doorkey.h"
#include "doorkey.h"

/* A bit field of negative width does not compile; static_assert has another name in each dialect. */
#define SAME(name, one, other) struct name { int same : (one) == (other) ? 1 : -1; }

SAME(status_is_32_bits, sizeof(doorkey_status), 4);
SAME(size_of_call, sizeof(doorkey_call), 24 + 2 * sizeof(void *));
SAME(call_begins_with_its_size, offsetof(doorkey_call, struct_size), 0);
SAME(call_flags, offsetof(doorkey_call, flags), 4);
SAME(call_timeout, offsetof(doorkey_call, timeout_ms), 8);
SAME(call_ages, offsetof(doorkey_call, max_age_ms), 12);
SAME(call_stale, offsetof(doorkey_call, stale_if_error_ms), 16);
SAME(call_concurrency, offsetof(doorkey_call, concurrency), 20);
SAME(call_version, offsetof(doorkey_call, newer_than_version), 24);
SAME(call_claims, offsetof(doorkey_call, claims), 24 + sizeof(void *));
SAME(attributes_begin_with_their_size, offsetof(doorkey_attributes, struct_size), 0);
SAME(attributes_flags, offsetof(doorkey_attributes, flags), 4);
SAME(attributes_content_type, offsetof(doorkey_attributes, content_type), 8);
#if UINTPTR_MAX > 0xffffffff
SAME(size_of_attributes, sizeof(doorkey_attributes), 48);
SAME(attributes_not_before, offsetof(doorkey_attributes, not_before_unix), 16);
SAME(attributes_expires, offsetof(doorkey_attributes, expires_at_unix), 24);
SAME(attributes_tags, offsetof(doorkey_attributes, tags), 32);
SAME(attributes_tag_count, offsetof(doorkey_attributes, tag_count), 40);
#endif

#ifdef DOORKEY_NO_SHORT_NAMES
/* The bare names are free for the program's own use. */
static int get_token(void)
{
    return 1;
}
static int get_secret(void)
{
    return 2;
}
#endif

static void on_complete(void *user_data, int32_t status)
{
    *(int32_t *)user_data = status;
}

int use_everything_by_its_type(const doorkey_operation *operation);

int use_everything_by_its_type(const doorkey_operation *operation)
{
    int32_t user_data = 0;
    doorkey_complete_fn callback = on_complete;
    doorkey_status status = doorkey_operation_on_complete(operation, &user_data, callback);

    switch (status) {
    case DOORKEY_STATUS_OK:
    case DOORKEY_STATUS_PENDING:
    case DOORKEY_STATUS_INVALID_ARGUMENT:
        return DOORKEY_CALL_FORCE_REFRESH == 1;
    default:
        break;
    }
#ifdef DOORKEY_NO_SHORT_NAMES
    return get_token() + get_secret();
#else
    return get_token == doorkey_get_token;
#endif
}
