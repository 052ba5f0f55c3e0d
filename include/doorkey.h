/*
 * Doorkey: Azure managed identity tokens and Key Vault secrets for every language that can call C.
 *
 * What holds for every function, so that it is not said again at each:
 *
 * Status     Calls return a doorkey_status. Numbers are never reused and new ones may be added, so have a
 *            default case. doorkey_status_name gives the name of one.
 * Errors     `out_error` may be NULL. A call that fails puts an object there that says what happened and what
 *            to do about it; free it with doorkey_error_free. A call that works leaves NULL there.
 * Results    Out-parameters are set to NULL on entry and to a value only on success.
 * Calls      A doorkey_client_... call checks its arguments, starts the work and returns at once; how the work fails
 *            is told where its result is taken. What goes in is borrowed for the call. The operation or pager is
 *            owned by the caller, free with doorkey_operation_free or doorkey_pager_free. `call` may be NULL.
 * Vaults     `vault` is a vault's name (completed by DOORKEY_VAULT_SUFFIX, else by vault.azure.net), its host, its
 *            https URL, or, with `name` NULL, a whole secret id.
 * Ownership  "borrowed for the call": the library reads it and keeps nothing. "borrowed until free": a pointer
 *            into a handle, valid until the handle is freed. "owned by the caller, free with X": yours.
 *            "moved out once": the first to take it owns it, nobody gets it again.
 * NULL       A NULL where it is not allowed, a handle of another kind, text that is not UTF-8: all are
 *            INVALID_ARGUMENT with the argument's name, and nothing is sent. Every _free takes NULL. Functions that
 *            only read give NULL, 0 or -1 for a handle that is none.
 * Text       Names and addresses are UTF-8 and NUL-terminated, in and out. Values of secrets and tokens have a
 *            length, may hold any byte, and have one NUL behind their last, for convenience.
 * Threads    A handle that a function takes as `const` may be used by any thread at any time. Only a _free may
 *            not run beside another use of the same handle. After fork() the child's calls return FORKED.
 * Units      Are in the names: _ms are milliseconds, _unix are seconds since 1970 (-1: none), _units are UTF-16
 *            code units. Lengths without one are bytes.
 * Secrets    The memory of values is wiped when the last handle that has it is freed, and what a client keeps of
 *            them when it lets go of it.
 *
 * Define DOORKEY_NO_SHORT_NAMES to keep the bare names get_token and get_secret out of your program.
 */


#ifndef DOORKEY_H
#define DOORKEY_H

/* Generated from src/ffi by `cargo xtask header`. Change the sources, not this file. */

#include <stddef.h>
#include <stdint.h>

#ifndef DOORKEY_NO_SHORT_NAMES
#define DOORKEY_SHORT_NAMES
#endif

/**
 * For doorkey_call.flags: get a new token even if a cached one is good. Best effort: the endpoint
 * has a cache of its own.
 */
#define DOORKEY_CALL_FORCE_REFRESH 1

/**
 * For doorkey_attributes.flags: the value can be read.
 */
#define DOORKEY_ATTRIBUTE_ENABLED 1

/**
 * For doorkey_attributes.flags: the value cannot be read.
 */
#define DOORKEY_ATTRIBUTE_DISABLED 2

/**
 * For doorkey_attributes.flags: not_before_unix counts.
 */
#define DOORKEY_ATTRIBUTE_NOT_BEFORE 4

/**
 * For doorkey_attributes.flags: expires_at_unix counts.
 */
#define DOORKEY_ATTRIBUTE_EXPIRES 8

/**
 * For doorkey_attributes.flags: tags and tag_count count.
 */
#define DOORKEY_ATTRIBUTE_TAGS 16

/**
 * The version of the interface: major in the upper 16 bits, minor in the lower. The same major
 * and at least the minor that a program was written for will do.
 */
#define DOORKEY_ABI_VERSION 3

/**
 * The outcome of a call. Numbers are never reused; new ones may be added, so have a default case.
 */
enum doorkey_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It worked.
     */
    DOORKEY_STATUS_OK = 0,
    /**
     * Not finished yet.
     */
    DOORKEY_STATUS_PENDING = 1,
    /**
     * An argument, option or environment variable breaks a rule; nothing was sent.
     */
    DOORKEY_STATUS_INVALID_ARGUMENT = 10,
    /**
     * A flag, field or feature that this version does not know.
     */
    DOORKEY_STATUS_UNSUPPORTED = 11,
    /**
     * One of the library's limits.
     */
    DOORKEY_STATUS_LIMIT_EXCEEDED = 12,
    /**
     * A call that would block was made from one of the library's own threads.
     */
    DOORKEY_STATUS_REENTRANT = 13,
    /**
     * The process was forked after the library had started; the child cannot use it.
     */
    DOORKEY_STATUS_FORKED = 14,
    /**
     * The operation was cancelled.
     */
    DOORKEY_STATUS_CANCELLED = 20,
    /**
     * The time limit passed.
     */
    DOORKEY_STATUS_TIMEOUT = 21,
    /**
     * The library was shut down.
     */
    DOORKEY_STATUS_SHUT_DOWN = 22,
    /**
     * There is no managed identity endpoint here.
     */
    DOORKEY_STATUS_IDENTITY_UNAVAILABLE = 30,
    /**
     * There is an endpoint, but not this identity.
     */
    DOORKEY_STATUS_IDENTITY_NOT_FOUND = 31,
    /**
     * There are several identities and the request does not say which.
     */
    DOORKEY_STATUS_IDENTITY_AMBIGUOUS = 32,
    /**
     * The endpoint refuses to hand out a token.
     */
    DOORKEY_STATUS_IDENTITY_REFUSED = 33,
    /**
     * The connection failed or broke.
     */
    DOORKEY_STATUS_NETWORK = 40,
    /**
     * The host name does not resolve.
     */
    DOORKEY_STATUS_DNS = 41,
    /**
     * TLS failed: trust, name or protocol.
     */
    DOORKEY_STATUS_TLS = 42,
    /**
     * The proxy refused or failed.
     */
    DOORKEY_STATUS_PROXY = 43,
    /**
     * An answer that makes no sense.
     */
    DOORKEY_STATUS_PROTOCOL = 44,
    /**
     * The vault does not accept the token.
     */
    DOORKEY_STATUS_UNAUTHORIZED = 50,
    /**
     * The vault knows the caller and refuses.
     */
    DOORKEY_STATUS_FORBIDDEN = 51,
    /**
     * No such secret or version.
     */
    DOORKEY_STATUS_SECRET_NOT_FOUND = 52,
    /**
     * The secret is disabled.
     */
    DOORKEY_STATUS_SECRET_DISABLED = 53,
    /**
     * The secret is deleted and may be recovered.
     */
    DOORKEY_STATUS_SECRET_DELETED = 54,
    /**
     * Another operation on the same secret is in the way.
     */
    DOORKEY_STATUS_CONFLICT = 55,
    /**
     * Too many requests.
     */
    DOORKEY_STATUS_THROTTLED = 56,
    /**
     * The service failed or is not available.
     */
    DOORKEY_STATUS_SERVICE_UNAVAILABLE = 57,
    /**
     * There is no newer version than the one named.
     */
    DOORKEY_STATUS_NO_NEWER_VERSION = 58,
    /**
     * Any other refusal of the service.
     */
    DOORKEY_STATUS_REJECTED = 59,
    /**
     * A bug in the library.
     */
    DOORKEY_STATUS_INTERNAL = 90,
    /**
     * A panic inside the library, caught; the next call works.
     */
    DOORKEY_STATUS_PANIC = 91,
    /**
     * Memory ran out.
     */
    DOORKEY_STATUS_OUT_OF_MEMORY = 92,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum doorkey_status doorkey_status;
#else
typedef int32_t doorkey_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * The backup of a secret with all its versions, which only the service can read: ASCII text, to be
 * kept as it is and given to doorkey_client_restore_secret. Any thread. Owned by the caller, free
 * with doorkey_blob_free, which wipes it.
 */
typedef struct doorkey_blob doorkey_blob;

/**
 * Gets tokens and secrets. Immutable, any thread. Owned by the caller, free with
 * doorkey_client_free.
 */
typedef struct doorkey_client doorkey_client;

/**
 * What went wrong, in full: message and advice for people, codes for programs. Never holds a
 * token or a secret. Owned by the caller, free with doorkey_error_free; its texts are borrowed
 * until then. One in a list goes with the list. Any thread.
 */
typedef struct doorkey_error doorkey_error;

/**
 * Work under way. Finished exactly once: by its result, its time limit or a cancel. Any thread,
 * any time: one may cancel while another waits or takes. Owned by the caller, always free with
 * doorkey_operation_free.
 */
typedef struct doorkey_operation doorkey_operation;

/**
 * What a client is to be made with. Setters store and return at once; doorkey_client_new copies
 * and checks, and names the option that breaks a rule. One thread at a time. Owned by the caller,
 * free with doorkey_options_free.
 */
typedef struct doorkey_options doorkey_options;

/**
 * A list that comes a page at a time. Any thread, but one page at a time. Owned by the caller, free
 * with doorkey_pager_free.
 */
typedef struct doorkey_pager doorkey_pager;

/**
 * A secret and what is known of it. Those that were got or set have their value; those of a list of
 * secrets, and those that were updated, deleted, recovered or restored, have none. Its texts are
 * borrowed until it is freed. Any thread. Owned by the caller, free with doorkey_secret_free, which
 * wipes the value once nobody else has it; one in a list goes with the list.
 */
typedef struct doorkey_secret doorkey_secret;

/**
 * Secrets in their order, each of them a secret or why there is none. Its secrets and errors are
 * read as any others, borrowed until the list is freed; they are not freed by themselves (their
 * _free does nothing to them). Any thread. Owned by the caller, free with
 * doorkey_secret_list_free.
 */
typedef struct doorkey_secret_list doorkey_secret_list;

/**
 * An access token. Its texts are borrowed until it is freed. Any thread. Owned by the caller,
 * free with doorkey_token_free, which wipes it once the cache lets go of it too.
 */
typedef struct doorkey_token doorkey_token;

/**
 * What one call may say. Set struct_size to sizeof(doorkey_call) and everything else that is not
 * wanted to 0; 0 is the default of every field. Where a call takes one, NULL means all defaults.
 * Borrowed for the call.
 */
typedef struct {
    /**
     * sizeof(doorkey_call).
     */
    uint32_t struct_size;
    /**
     * DOORKEY_CALL_... bits; an unknown one is UNSUPPORTED.
     */
    uint32_t flags;
    /**
     * Time limit of the operation in milliseconds; 0 is the client's. With many secrets at once it is
     * that of the whole, with a list that of each page.
     */
    uint32_t timeout_ms;
    /**
     * For reading the values of secrets, elsewhere UNSUPPORTED: one that the client keeps will do if it
     * was read no longer ago than this, in milliseconds, and what is read is kept. 0: always ask the
     * vault.
     */
    uint32_t max_age_ms;
    /**
     * For reading the values of secrets, elsewhere UNSUPPORTED: when the vault cannot be reached, one
     * that was read no longer ago than this will do, in milliseconds, and what is read is kept. A
     * refusal is no such failure. 0: never.
     */
    uint32_t stale_if_error_ms;
    /**
     * For reading many secrets at once, elsewhere UNSUPPORTED: how many requests may be under way at
     * once, 1 to 64; 0 is 16.
     */
    uint32_t concurrency;
    /**
     * For reading the latest version of one secret: "this version stopped working". Another one comes,
     * or NO_NEWER_VERSION. NULL: none.
     */
    const char *newer_than_version;
    /**
     * The claims that a service demanded when it refused a token: the decoded JSON of its challenge
     * (which WWW-Authenticate carries as base64), UTF-8, at most 8,192 bytes; NULL: none. No
     * cached token will do then. A workload identity's exchange passes them on; no other source
     * takes any, and for a secret they are those for the token behind it. Programs compiled before
     * this field existed have a smaller struct_size and go on working.
     */
    const char *claims;
} doorkey_call;

/**
 * What may be said of a secret that is set or updated. Set struct_size to
 * sizeof(doorkey_attributes) and everything else that is not wanted to 0. What is not said is not
 * set, and in an update stays as it is: the service has no way to take a date or a content type
 * away again. Where a call takes one, NULL says nothing. Borrowed for the call.
 */
typedef struct {
    /**
     * sizeof(doorkey_attributes).
     */
    uint32_t struct_size;
    /**
     * DOORKEY_ATTRIBUTE_... bits; an unknown one is UNSUPPORTED. ENABLED and DISABLED together are
     * INVALID_ARGUMENT; with neither a new secret is enabled.
     */
    uint32_t flags;
    /**
     * What kind of text the value is, e.g. "text/plain": 255 characters at most; an empty one takes
     * it away; NULL: not said.
     */
    const char *content_type;
    /**
     * From when on it is meant to be used. Counts with DOORKEY_ATTRIBUTE_NOT_BEFORE. Informational:
     * the service hands it out all the same.
     */
    int64_t not_before_unix;
    /**
     * When it expires. Counts with DOORKEY_ATTRIBUTE_EXPIRES. Informational, too.
     */
    int64_t expires_at_unix;
    /**
     * Names and values in turn, 256 characters each at most. Count with DOORKEY_ATTRIBUTE_TAGS, and
     * take the place of all tags that there were.
     */
    const char *const *tags;
    /**
     * How many pairs there are, 15 at most. With DOORKEY_ATTRIBUTE_TAGS and 0 there are no tags any
     * more, and `tags` may be NULL.
     */
    size_t tag_count;
} doorkey_attributes;

/**
 * Called when an operation is finished, with its outcome. Must return and must not throw,
 * longjmp or block for long: other callbacks wait behind it.
 */
typedef void (*doorkey_complete_fn)(void *user_data, int32_t status);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Gets a token for `resource`, e.g. `https://vault.azure.net`, with the default client: the
 * process's environment decides the identity. Waits until it is there or 100 s have passed.
 * `resource` is borrowed for the call. The token is owned by the caller, free with
 * doorkey_token_free. Any thread but the library's own.
 */
doorkey_status doorkey_get_token(const char *resource,
                                 doorkey_token **out_token,
                                 doorkey_error **out_error);

/**
 * Gets the latest version of a secret with the default client: the process's environment decides
 * the identity. `vault` is a vault's name (completed by DOORKEY_VAULT_SUFFIX, else by
 * vault.azure.net), its host, its https URL, or, with `name` NULL, a whole secret id. Waits until
 * it is there or 100 s have passed. Inputs are borrowed for the call. The secret is owned by the
 * caller, free with doorkey_secret_free. Any thread but the library's own.
 */
doorkey_status doorkey_get_secret(const char *vault,
                                  const char *name,
                                  doorkey_secret **out_secret,
                                  doorkey_error **out_error);

#if defined(DOORKEY_SHORT_NAMES)
/**
 * The same as doorkey_get_token. Not declared when DOORKEY_NO_SHORT_NAMES is defined.
 */
doorkey_status get_token(const char *resource,
                         doorkey_token **out_token,
                         doorkey_error **out_error);
#endif

#if defined(DOORKEY_SHORT_NAMES)
/**
 * The same as doorkey_get_secret. Not declared when DOORKEY_NO_SHORT_NAMES is defined.
 */
doorkey_status get_secret(const char *vault,
                          const char *name,
                          doorkey_secret **out_secret,
                          doorkey_error **out_error);
#endif

/**
 * Makes empty options.
 */
doorkey_status doorkey_options_new(doorkey_options **out_options);

/**
 * Frees options; clients made from them live on. NULL is fine.
 */
void doorkey_options_free(doorkey_options *options);

/**
 * Uses the user-assigned identity with this client id, a GUID. `client_id` is borrowed for the
 * call.
 */
doorkey_status doorkey_options_set_client_id(doorkey_options *options, const char *client_id);

/**
 * Uses the user-assigned identity with this object id (principal id), a GUID. `object_id` is
 * borrowed for the call.
 */
doorkey_status doorkey_options_set_object_id(doorkey_options *options, const char *object_id);

/**
 * Uses the user-assigned identity with this Azure resource id. `resource_id` is borrowed for the
 * call.
 */
doorkey_status doorkey_options_set_resource_id(doorkey_options *options, const char *resource_id);

/**
 * Asks this source of tokens and no other, instead of the one that the environment points to:
 * a name as doorkey_token_source gives it. `source` is borrowed for the call.
 */
doorkey_status doorkey_options_set_source(doorkey_options *options, const char *source);

/**
 * Puts a text before the library's own User-Agent: 1 to 256 printable ASCII characters.
 * `user_agent` is borrowed for the call.
 */
doorkey_status doorkey_options_set_user_agent(doorkey_options *options, const char *user_agent);

/**
 * Asks the vaults in this version of their interface, e.g. "7.4", which it is unless set.
 * `version` is borrowed for the call.
 */
doorkey_status doorkey_options_set_vault_api_version(doorkey_options *options, const char *version);

/**
 * Trusts these roots beside the system's: PEM text, one or more certificates. `ca_pem` is
 * borrowed for the call.
 */
doorkey_status doorkey_options_set_ca_pem(doorkey_options *options, const char *ca_pem);

/**
 * Uses a token of one's own for vaults instead of any identity; such a client cannot get tokens.
 * `token` is borrowed for the call, `length` bytes of printable ASCII, no NUL needed.
 */
doorkey_status doorkey_options_set_access_token(doorkey_options *options,
                                                const char *token,
                                                size_t length);

/**
 * Limits the time of each operation, in milliseconds; 0 is the default of 100,000.
 */
doorkey_status doorkey_options_set_timeout_ms(doorkey_options *options, uint32_t timeout_ms);

/**
 * Limits the retries of each request: 0 to 20, 5 unless set.
 */
doorkey_status doorkey_options_set_retries_max(doorkey_options *options, uint32_t retries_max);

/**
 * With 0, does not compare the audience of a vault's challenge with the vault's host; 1 is the
 * default. For emulators only: the comparison is what keeps a token from being fetched for
 * somebody else's audience.
 */
doorkey_status doorkey_options_set_verify_challenge(doorkey_options *options,
                                                    int32_t verify_challenge);

/**
 * Makes a vault suffix of one's own known: every first label below `suffix` (host or host:port)
 * is a vault, whose tokens are for `audience` (NULL: https:// and the host). `authority` must be
 * NULL in this version. May be called up to 32 times; the first suffix completes bare vault
 * names, unless DOORKEY_VAULT_SUFFIX does. All texts are borrowed for the call.
 */
doorkey_status doorkey_options_add_vault_suffix(doorkey_options *options,
                                                const char *suffix,
                                                const char *audience,
                                                const char *authority);

/**
 * Gives the client an environment of its own instead of the process's: `count` pairs, name and
 * value in turn. Variables that are not among them are not set for this client. Which ones
 * matter says doorkey_environment_names. All texts are borrowed for the call.
 */
doorkey_status doorkey_options_set_environment(doorkey_options *options,
                                               const char *const *names_and_values,
                                               size_t count);

/**
 * Makes a client from `options` (borrowed for the call; NULL: all defaults). Nothing is sent and
 * no thread is started.
 *
 * Errors: INVALID_ARGUMENT, LIMIT_EXCEEDED or UNSUPPORTED, naming the option and its rule.
 */
doorkey_status doorkey_client_new(const doorkey_options *options,
                                  doorkey_client **out_client,
                                  doorkey_error **out_error);

/**
 * Frees a client. Never blocks; its operations live on. NULL is fine.
 */
void doorkey_client_free(doorkey_client *client);

/**
 * Starts to get a token for `resource`, e.g. `https://vault.azure.net` (a scope's "/.default" is
 * taken off), and returns at once; a cached token makes the operation a finished one. Take it
 * with doorkey_operation_take_token. `resource` and `call` (NULL: defaults) are borrowed for the
 * call. The operation is owned by the caller, free with doorkey_operation_free.
 *
 * Errors: bad arguments and a bad environment here, everything else from the operation.
 */
doorkey_status doorkey_client_get_token(const doorkey_client *client,
                                        const char *resource,
                                        const doorkey_call *call,
                                        doorkey_operation **out_operation,
                                        doorkey_error **out_error);

/**
 * Forgets the tokens that this client got and the secrets that it keeps. They are wiped once nobody
 * holds them.
 */
void doorkey_client_clear_cache(const doorkey_client *client);

/**
 * Forgets every cached token of the process. They are wiped once nobody holds them.
 */
void doorkey_clear_token_cache(void);

/**
 * Starts to get a secret. `version` NULL is the latest. With max_age_ms in `call` a value that the
 * client keeps makes the operation a finished one. Take it with doorkey_operation_take_secret.
 */
doorkey_status doorkey_client_get_secret(const doorkey_client *client,
                                         const char *vault,
                                         const char *name,
                                         const char *version,
                                         const doorkey_call *call,
                                         doorkey_operation **out_operation,
                                         doorkey_error **out_error);

/**
 * Starts to get many secrets: `count` `names`, 4,096 at most (LIMIT_EXCEEDED), each NAME or
 * NAME/VERSION, or, with `vault` NULL, whole secret ids, of several vaults if need be. Take them
 * with doorkey_operation_take_list, an item a name, in their order: a name that is bad or has no
 * secret is that item's error and no other's. A name that stands there twice is asked for once.
 * The time limit is that of the whole; items that are not there by then have TIMEOUT.
 */
doorkey_status doorkey_client_get_secrets(const doorkey_client *client,
                                          const char *vault,
                                          const char *const *names,
                                          size_t count,
                                          const doorkey_call *call,
                                          doorkey_operation **out_operation,
                                          doorkey_error **out_error);

/**
 * As doorkey_client_get_secrets, with the items as they come: each page of the pager is what is
 * there and next in order. The requests begin at once, and end when the pager is freed.
 */
doorkey_status doorkey_client_stream_secrets(const doorkey_client *client,
                                             const char *vault,
                                             const char *const *names,
                                             size_t count,
                                             const doorkey_call *call,
                                             doorkey_pager **out_pager,
                                             doorkey_error **out_error);

/**
 * Lists a vault's secrets, without values and versions; what is said of each is the latest
 * version's. Nothing is sent before the first doorkey_pager_next.
 */
doorkey_status doorkey_client_list_secrets(const doorkey_client *client,
                                           const char *vault,
                                           const doorkey_call *call,
                                           doorkey_pager **out_pager,
                                           doorkey_error **out_error);

/**
 * Lists the versions of a secret, without values, the newest first, all in one page. Nothing is sent
 * before the first doorkey_pager_next.
 */
doorkey_status doorkey_client_list_versions(const doorkey_client *client,
                                            const char *vault,
                                            const char *name,
                                            const doorkey_call *call,
                                            doorkey_pager **out_pager,
                                            doorkey_error **out_error);

/**
 * Lists a vault's deleted secrets, which may be recovered or purged, without values and versions.
 * Nothing is sent before the first doorkey_pager_next.
 */
doorkey_status doorkey_client_list_deleted(const doorkey_client *client,
                                           const char *vault,
                                           const doorkey_call *call,
                                           doorkey_pager **out_pager,
                                           doorkey_error **out_error);

/**
 * Starts to set a secret: a new one, or a new version of one. `value` is UTF-8 of `length` bytes,
 * 25,600 at most, may hold NULs, needs none behind it, and may be NULL when `length` is 0.
 * `attributes` NULL says nothing. Take it with doorkey_operation_take_secret: the new version,
 * with its value.
 *
 * Errors besides: SECRET_DELETED when a deleted secret has the name, which is to be recovered or
 * purged first.
 */
doorkey_status doorkey_client_set_secret(const doorkey_client *client,
                                         const char *vault,
                                         const char *name,
                                         const char *value,
                                         size_t length,
                                         const doorkey_attributes *attributes,
                                         const doorkey_call *call,
                                         doorkey_operation **out_operation,
                                         doorkey_error **out_error);

/**
 * Starts to change what is known of a secret, which keeps its value. `version` NULL is the latest.
 * What `attributes` does not say stays as it is; it has to say something. Take it with
 * doorkey_operation_take_secret: it has no value.
 */
doorkey_status doorkey_client_update_secret(const doorkey_client *client,
                                            const char *vault,
                                            const char *name,
                                            const char *version,
                                            const doorkey_attributes *attributes,
                                            const doorkey_call *call,
                                            doorkey_operation **out_operation,
                                            doorkey_error **out_error);

/**
 * Starts to delete a secret with all its versions, and waits until the deleted secret can be seen,
 * within the time limit. Take it with doorkey_operation_take_secret: it has no value, and says
 * until when it may be recovered.
 */
doorkey_status doorkey_client_delete_secret(const doorkey_client *client,
                                            const char *vault,
                                            const char *name,
                                            const doorkey_call *call,
                                            doorkey_operation **out_operation,
                                            doorkey_error **out_error);

/**
 * Starts to get what is known of a deleted secret. A whole id may also be that of the deleted one
 * (/deletedsecrets/). Take it with doorkey_operation_take_secret: it has no value.
 */
doorkey_status doorkey_client_get_deleted_secret(const doorkey_client *client,
                                                 const char *vault,
                                                 const char *name,
                                                 const doorkey_call *call,
                                                 doorkey_operation **out_operation,
                                                 doorkey_error **out_error);

/**
 * Starts to recover a deleted secret, and waits until the secret can be seen, within the time
 * limit. A whole id may also be that of the deleted one (/deletedsecrets/). Take it with
 * doorkey_operation_take_secret: it has no value.
 */
doorkey_status doorkey_client_recover_secret(const doorkey_client *client,
                                             const char *vault,
                                             const char *name,
                                             const doorkey_call *call,
                                             doorkey_operation **out_operation,
                                             doorkey_error **out_error);

/**
 * Starts to purge a deleted secret, which then is gone for good, and waits until it is, within the
 * time limit. A whole id may also be that of the deleted one (/deletedsecrets/).
 * doorkey_operation_take_none tells how it went.
 */
doorkey_status doorkey_client_purge_secret(const doorkey_client *client,
                                           const char *vault,
                                           const char *name,
                                           const doorkey_call *call,
                                           doorkey_operation **out_operation,
                                           doorkey_error **out_error);

/**
 * Starts to back up a secret with all its versions. Take the backup with
 * doorkey_operation_take_blob. Only a vault of the same subscription and geography can restore it.
 */
doorkey_status doorkey_client_backup_secret(const doorkey_client *client,
                                            const char *vault,
                                            const char *name,
                                            const doorkey_call *call,
                                            doorkey_operation **out_operation,
                                            doorkey_error **out_error);

/**
 * Starts to restore a secret with all its versions from a backup: `length` bytes at `backup`, as
 * doorkey_blob_data gave them. Take it with doorkey_operation_take_secret: it has no value.
 *
 * Errors besides: CONFLICT when the vault has a secret of that name.
 */
doorkey_status doorkey_client_restore_secret(const doorkey_client *client,
                                             const char *vault,
                                             const char *backup,
                                             size_t length,
                                             const doorkey_call *call,
                                             doorkey_operation **out_operation,
                                             doorkey_error **out_error);

/**
 * Waits until the operation is finished, `timeout_ms` milliseconds at most: 0 only looks,
 * UINT32_MAX waits until its own time limit. Any thread, any number of times.
 *
 * Returns OK when it is finished (however it ended: taking tells), PENDING when it is not,
 * REENTRANT on one of the library's own threads, FORKED in a forked child.
 */
doorkey_status doorkey_operation_wait(const doorkey_operation *operation, uint32_t timeout_ms);

/**
 * Finishes the operation as CANCELLED at once, unless it is finished. Any thread, also while
 * another one waits or takes; any number of times; NULL is fine. Frees nothing.
 */
void doorkey_operation_cancel(const doorkey_operation *operation);

/**
 * Waits until the operation is finished, then moves the token out, once. The token is owned by
 * the caller, free with doorkey_token_free.
 *
 * Errors: how the work failed; INVALID_ARGUMENT when it was taken before or is no token;
 * REENTRANT, FORKED.
 */
doorkey_status doorkey_operation_take_token(const doorkey_operation *operation,
                                            doorkey_token **out_token,
                                            doorkey_error **out_error);

/**
 * Waits until the operation is finished, then moves the secret out, once. The secret is owned by
 * the caller, free with doorkey_secret_free.
 *
 * Errors: how the work failed; INVALID_ARGUMENT when it was taken before or is no secret;
 * REENTRANT, FORKED.
 */
doorkey_status doorkey_operation_take_secret(const doorkey_operation *operation,
                                             doorkey_secret **out_secret,
                                             doorkey_error **out_error);

/**
 * Waits until the operation is finished, then moves the list of secrets out, once. The list is
 * owned by the caller, free with doorkey_secret_list_free.
 *
 * Errors: how the work as a whole failed (an item's own failure is in the list); INVALID_ARGUMENT
 * when it was taken before or is no list; REENTRANT, FORKED.
 */
doorkey_status doorkey_operation_take_list(const doorkey_operation *operation,
                                           doorkey_secret_list **out_list,
                                           doorkey_error **out_error);

/**
 * Waits until the operation is finished, then moves the blob out, once. The blob is owned by the
 * caller, free with doorkey_blob_free.
 *
 * Errors: how the work failed; INVALID_ARGUMENT when it was taken before or is no blob;
 * REENTRANT, FORKED.
 */
doorkey_status doorkey_operation_take_blob(const doorkey_operation *operation,
                                           doorkey_blob **out_blob,
                                           doorkey_error **out_error);

/**
 * Waits until an operation that has no result but its outcome is finished, and tells that, once.
 *
 * Errors: how the work failed; INVALID_ARGUMENT when it was told before or has a result;
 * REENTRANT, FORKED.
 */
doorkey_status doorkey_operation_take_none(const doorkey_operation *operation,
                                           doorkey_error **out_error);

/**
 * Has `callback` called with `user_data` exactly once when the operation is finished: on the
 * library's callback thread, never on the caller's stack, also when it is finished already.
 * Taking the result inside is allowed; calls that wait for unfinished work return REENTRANT
 * there. After doorkey_operation_free the call still comes (CANCELLED), so `user_data` must live
 * until then.
 *
 * Errors: INVALID_ARGUMENT when one is registered already, UNSUPPORTED or INTERNAL when the
 * thread cannot be started; the callback never comes then.
 */
doorkey_status doorkey_operation_on_complete(const doorkey_operation *operation,
                                             void *user_data,
                                             doorkey_complete_fn callback);

/**
 * Frees an operation and cancels it if it still runs. NULL is fine.
 */
void doorkey_operation_free(doorkey_operation *operation);

/**
 * Starts to get the next page and returns at once. Take it with doorkey_operation_take_list: an
 * empty list is the end, and is so again for whoever asks behind it. A page that failed, was
 * cancelled, or whose operation was freed before it was taken, comes with the next call, and nothing
 * is lost. The operation is owned by the caller, free with doorkey_operation_free.
 *
 * Errors: INVALID_ARGUMENT while the page before is neither taken nor its operation freed; for the
 * rest as the call that made the pager.
 */
doorkey_status doorkey_pager_next(const doorkey_pager *pager,
                                  doorkey_operation **out_operation,
                                  doorkey_error **out_error);

/**
 * Frees a pager, at any page. Never blocks. A page of a list that is under way lives on; what still
 * runs for doorkey_client_stream_secrets is stopped. NULL is fine.
 */
void doorkey_pager_free(doorkey_pager *pager);

/**
 * The token itself, NUL-terminated ASCII. Borrowed until the token is freed; NULL when the
 * handle is none.
 */
const char *doorkey_token_value(const doorkey_token *token);

/**
 * The token's length in bytes, without the NUL; 0 when the handle is none.
 */
size_t doorkey_token_length(const doorkey_token *token);

/**
 * When it expires, in seconds since 1970 UTC; -1 when the handle is none.
 */
int64_t doorkey_token_expires_at_unix(const doorkey_token *token);

/**
 * Where it came from: "imds" (VM, scale set, container instance, AKS node), "app-service" (also
 * Functions, Container Apps, Azure Automation, Arc-enabled Kubernetes), "app-service-2017" (App
 * Service's first protocol, only when asked for), "azure-ml", "cloud-shell" (the token is the
 * signed-in user's), "arc", "service-fabric" or "workload-identity". Borrowed until the token is
 * freed; NULL when the handle is none.
 */
const char *doorkey_token_source(const doorkey_token *token);

/**
 * What it is for. Borrowed until the token is freed; NULL when the handle is none.
 */
const char *doorkey_token_resource(const doorkey_token *token);

/**
 * The client id of the identity it speaks for. Borrowed until the token is freed; NULL when the
 * source did not tell.
 */
const char *doorkey_token_client_id(const doorkey_token *token);

/**
 * Copies the token as UTF-16 into `buffer` of `capacity_units` 16-bit units, without a
 * terminator. `*out_units` is the token's length in units, also when the buffer is too small
 * (LIMIT_EXCEEDED, nothing is written) or NULL with capacity 0 (OK: only the length is asked).
 * Wiping the buffer is the caller's business.
 */
doorkey_status doorkey_token_copy_utf16(const doorkey_token *token,
                                        uint16_t *buffer,
                                        size_t capacity_units,
                                        size_t *out_units);

/**
 * Frees a token; NULL is fine.
 */
void doorkey_token_free(doorkey_token *token);

/**
 * The value: UTF-8 of doorkey_secret_length bytes, which may hold NULs, with one more NUL behind
 * it. Borrowed until the secret is freed; NULL when it has none or the handle is none.
 */
const char *doorkey_secret_value(const doorkey_secret *secret);

/**
 * The value's length in bytes, without the NUL behind it; 0 when it has none or the handle is none.
 */
size_t doorkey_secret_length(const doorkey_secret *secret);

/**
 * Copies the value as UTF-16 into `buffer` of `capacity_units` 16-bit units, without a
 * terminator. `*out_units` is the value's length in units, also when the buffer is too small
 * (LIMIT_EXCEEDED, nothing is written) or NULL with capacity 0 (OK: only the length is asked).
 * INVALID_ARGUMENT when the secret has no value. Wiping the buffer is the caller's business.
 */
doorkey_status doorkey_secret_copy_utf16(const doorkey_secret *secret,
                                         uint16_t *buffer,
                                         size_t capacity_units,
                                         size_t *out_units);

/**
 * The whole id, a URL with vault and name, and with the version where doorkey_secret_version has
 * one. Borrowed until the secret is freed; NULL when the handle is none.
 */
const char *doorkey_secret_id(const doorkey_secret *secret);

/**
 * The vault's name; for a host of no known cloud the host. Borrowed until the secret is freed;
 * NULL when the handle is none.
 */
const char *doorkey_secret_vault(const doorkey_secret *secret);

/**
 * The name, as the service writes it. Borrowed until the secret is freed; NULL when the handle is
 * none.
 */
const char *doorkey_secret_name(const doorkey_secret *secret);

/**
 * The version. Borrowed until the secret is freed; NULL when the answer names none: a list of
 * secrets says what it says of the latest, without its version.
 */
const char *doorkey_secret_version(const doorkey_secret *secret);

/**
 * The content type. Borrowed until the secret is freed; NULL when none was set.
 */
const char *doorkey_secret_content_type(const doorkey_secret *secret);

/**
 * 1 when the secret is enabled, else 0.
 */
int32_t doorkey_secret_enabled(const doorkey_secret *secret);

/**
 * When it was created, in seconds since 1970 UTC; -1 when the service sent none.
 */
int64_t doorkey_secret_created_at_unix(const doorkey_secret *secret);

/**
 * When it was last changed, in seconds since 1970 UTC; -1 when the service sent none.
 */
int64_t doorkey_secret_updated_at_unix(const doorkey_secret *secret);

/**
 * When it expires (informational: the service hands out expired secrets), in seconds since 1970
 * UTC; -1 when the service sent none.
 */
int64_t doorkey_secret_expires_at_unix(const doorkey_secret *secret);

/**
 * From when on it is meant to be used (informational), in seconds since 1970 UTC; -1 when the
 * service sent none.
 */
int64_t doorkey_secret_not_before_unix(const doorkey_secret *secret);

/**
 * 1 when the secret is the private key of a certificate, which the service manages, else 0.
 */
int32_t doorkey_secret_managed(const doorkey_secret *secret);

/**
 * The id of the key behind a managed secret. Borrowed until the secret is freed; NULL when there
 * is none.
 */
const char *doorkey_secret_key_id(const doorkey_secret *secret);

/**
 * What becomes of it when it is deleted, e.g. "Recoverable+Purgeable". Borrowed until the secret
 * is freed; NULL when the service did not say.
 */
const char *doorkey_secret_recovery_level(const doorkey_secret *secret);

/**
 * For how many days it can be recovered once it is deleted; -1 when the service did not say.
 */
int32_t doorkey_secret_recoverable_days(const doorkey_secret *secret);

/**
 * The id by which a deleted secret is recovered or purged. Borrowed until the secret is freed;
 * NULL when it is not deleted.
 */
const char *doorkey_secret_recovery_id(const doorkey_secret *secret);

/**
 * When it was deleted, in seconds since 1970 UTC; -1 when it is not.
 */
int64_t doorkey_secret_deleted_at_unix(const doorkey_secret *secret);

/**
 * When the service will purge a deleted secret, in seconds since 1970 UTC; -1 when it will not.
 */
int64_t doorkey_secret_scheduled_purge_at_unix(const doorkey_secret *secret);

/**
 * How many tags there are.
 */
size_t doorkey_secret_tag_count(const doorkey_secret *secret);

/**
 * The name of tag number `index`, from 0. Borrowed until the secret is freed; NULL when there is
 * no such tag.
 */
const char *doorkey_secret_tag_name(const doorkey_secret *secret, size_t index);

/**
 * The value of tag number `index`, from 0. Borrowed until the secret is freed; NULL when there is
 * no such tag.
 */
const char *doorkey_secret_tag_value(const doorkey_secret *secret, size_t index);

/**
 * Frees a secret, and wipes its value once neither another handle nor the client's cache has it; NULL
 * is fine.
 */
void doorkey_secret_free(doorkey_secret *secret);

/**
 * How many items the list has; 0 when the handle is none.
 */
size_t doorkey_secret_list_length(const doorkey_secret_list *list);

/**
 * The secret of item number `index`, from 0. Borrowed until the list is freed; NULL when that item
 * failed, and beyond the last.
 */
const doorkey_secret *doorkey_secret_list_at(const doorkey_secret_list *list, size_t index);

/**
 * How item number `index`, from 0, came out: DOORKEY_STATUS_OK for one that is there;
 * INVALID_ARGUMENT beyond the last.
 */
doorkey_status doorkey_secret_list_status(const doorkey_secret_list *list, size_t index);

/**
 * Why item number `index`, from 0, failed. Borrowed until the list is freed; NULL when it did not
 * fail, and beyond the last.
 */
const doorkey_error *doorkey_secret_list_error(const doorkey_secret_list *list, size_t index);

/**
 * A secret of its own for item number `index`, from 0, which outlives the list. The two share the
 * value's memory, which is wiped when the last of them is freed. Owned by the caller, free with
 * doorkey_secret_free.
 *
 * Returns OK; how that item failed; INVALID_ARGUMENT beyond the last.
 */
doorkey_status doorkey_secret_list_share(const doorkey_secret_list *list,
                                         size_t index,
                                         doorkey_secret **out_secret);

/**
 * Frees a list with its secrets and errors, and wipes the values that nobody shares; NULL is fine.
 */
void doorkey_secret_list_free(doorkey_secret_list *list);

/**
 * The text, doorkey_blob_length bytes and one NUL behind them. Borrowed until the blob is freed;
 * NULL when the handle is none.
 */
const char *doorkey_blob_data(const doorkey_blob *blob);

/**
 * The length in bytes, without the NUL; 0 when the handle is none.
 */
size_t doorkey_blob_length(const doorkey_blob *blob);

/**
 * Frees a blob and wipes it; NULL is fine.
 */
void doorkey_blob_free(doorkey_blob *blob);

/**
 * The status; DOORKEY_STATUS_INVALID_ARGUMENT when the handle is none.
 */
doorkey_status doorkey_error_status(const doorkey_error *error);

/**
 * What was tried and what went wrong, for people; the wording may change between versions.
 * Borrowed until the error is freed. NULL only when the handle is none.
 */
const char *doorkey_error_message(const doorkey_error *error);

/**
 * What to do about it. Borrowed until the error is freed; NULL when nothing is known.
 */
const char *doorkey_error_advice(const doorkey_error *error);

/**
 * The service's own code, e.g. "Forbidden" or "invalid_request". Borrowed until the error is
 * freed; NULL when there was none.
 */
const char *doorkey_error_code(const doorkey_error *error);

/**
 * The service's inner code, e.g. "ForbiddenByRbac". Borrowed until the error is freed; NULL when
 * there was none.
 */
const char *doorkey_error_inner_code(const doorkey_error *error);

/**
 * The service's request id, to quote to support. Borrowed until the error is freed; NULL when
 * there was none.
 */
const char *doorkey_error_request_id(const doorkey_error *error);

/**
 * The HTTP status of the answer; 0 when there was no answer.
 */
int32_t doorkey_error_http_status(const doorkey_error *error);

/**
 * How long the service asked to wait, in milliseconds; -1 when it did not say.
 */
int64_t doorkey_error_retry_after_ms(const doorkey_error *error);

/**
 * Frees an error; NULL is fine.
 */
void doorkey_error_free(doorkey_error *error);

/**
 * The name of a status without its prefix: "SECRET_NOT_FOUND".
 *
 * Static text, never freed. NULL for a number that this version does not know.
 */
const char *doorkey_status_name(int32_t status);

/**
 * The library's DOORKEY_ABI_VERSION, to be compared with the header's.
 */
uint32_t doorkey_abi_version(void);

/**
 * The library's version, e.g. "1.2.3". Static text, never freed.
 */
const char *doorkey_version(void);

/**
 * Bits of optional features in this build; this version has none and returns 0.
 */
uint64_t doorkey_features(void);

/**
 * The names of all environment variables that the library reads, for hosts that keep an
 * environment of their own and pass it with doorkey_options_set_environment. Static array of
 * static texts with a NULL behind the last; `*out_count` (may be NULL) is how many.
 */
const char *const *doorkey_environment_names(size_t *out_count);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DOORKEY_H */
