// The raw P/Invoke declarations of include/doorkey.h and nothing else: no check, no conversion, no logic. Those that deal in secrets
// are in NativeMethods.Secrets.cs.
// One rule for all of them: Cdecl, exact spelling, text in as UTF-8 bytes with a NUL and out as IntPtr;
// never a string, a bool or a struct by value, which the marshaller would free, widen or copy in its own way.
using System;
using System.Runtime.InteropServices;

namespace Doorkey
{
    /// <summary>The size-prefixed <c>doorkey_call</c>: 0 means "the default" in every field.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeCall
    {
        internal const uint ForceRefresh = 1;

        internal uint StructSize;
        internal uint Flags;
        internal uint TimeoutMs;
        internal uint MaxAgeMs;
        internal uint StaleIfErrorMs;
        internal uint Concurrency;
        internal IntPtr NewerThanVersion;
        internal IntPtr Claims;
    }

    /// <summary><c>doorkey_complete_fn</c>. It runs on a thread of the native library.</summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void NativeCompleteCallback(IntPtr userData, int status);

    internal static partial class NativeMethods
    {
        /// <summary>No prefix and no extension: the run times add theirs, and NativeLoader has loaded the file by then.</summary>
        internal const string Library = "doorkey";

        // ---- the library itself ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern uint doorkey_abi_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern ulong doorkey_features();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_status_name(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_environment_names(out UIntPtr count);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_clear_token_cache();

        // ---- options ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_new(out OptionsHandle options);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_options_free(IntPtr options);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_client_id(OptionsHandle options, byte[] clientId);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_object_id(OptionsHandle options, byte[] objectId);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_resource_id(OptionsHandle options, byte[] resourceId);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_source(OptionsHandle options, byte[] source);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_user_agent(OptionsHandle options, byte[] userAgent);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_ca_pem(OptionsHandle options, byte[] pem);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_timeout_ms(OptionsHandle options, uint timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_retries_max(OptionsHandle options, uint retriesMax);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_verify_challenge(OptionsHandle options, int verify);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_access_token(OptionsHandle options, byte[] token, UIntPtr length);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_vault_api_version(OptionsHandle options, byte[] version);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_add_vault_suffix(OptionsHandle options, byte[] suffix, byte[] audience, byte[] authority);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_options_set_environment(OptionsHandle options, IntPtr[] namesAndValues, UIntPtr pairs);

        // ---- client ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_new(OptionsHandle options, out ClientHandle client, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_client_free(IntPtr client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_client_clear_cache(ClientHandle client);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_get_token(ClientHandle client, byte[] resource, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        // ---- operation ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_operation_wait(OperationHandle operation, uint timeoutMs);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_operation_cancel(OperationHandle operation);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_operation_take_token(OperationHandle operation, out TokenHandle token, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_operation_take_none(OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_operation_on_complete(OperationHandle operation, IntPtr userData, NativeCompleteCallback callback);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_operation_free(IntPtr operation);

        // ---- token ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_token_value(TokenHandle token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern UIntPtr doorkey_token_length(TokenHandle token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_token_copy_utf16(TokenHandle token, IntPtr buffer, UIntPtr capacity, out UIntPtr units);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_token_expires_at_unix(TokenHandle token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_token_source(TokenHandle token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_token_resource(TokenHandle token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_token_client_id(TokenHandle token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_token_free(IntPtr token);

        // ---- error ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_error_status(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_error_message(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_error_advice(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_error_code(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_error_inner_code(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_error_request_id(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_error_http_status(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_error_retry_after_ms(ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_error_free(IntPtr error);
    }
}
