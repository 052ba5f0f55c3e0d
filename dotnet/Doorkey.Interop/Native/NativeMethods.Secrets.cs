// The raw P/Invoke declarations for secrets: of the client's calls, of what they take and of what they give. The rules are those of
// NativeMethods.cs.
using System;
using System.Runtime.InteropServices;

namespace Doorkey
{
    /// <summary>The size-prefixed <c>doorkey_attributes</c>: what has no flag and is no text does not count.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeAttributes
    {
        internal const uint Enabled = 1;
        internal const uint Disabled = 2;
        internal const uint NotBefore = 4;
        internal const uint Expires = 8;
        internal const uint WithTags = 16;

        internal uint StructSize;
        internal uint Flags;
        internal IntPtr ContentType;
        internal long NotBeforeUnix;
        internal long ExpiresAtUnix;
        internal IntPtr Tags;
        internal UIntPtr TagCount;
    }

    internal static partial class NativeMethods
    {
        // ---- client: reading ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_get_secret(ClientHandle client, byte[] vault, byte[] name, byte[] version, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_get_secrets(ClientHandle client, byte[] vault, IntPtr[] names, UIntPtr count, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_stream_secrets(ClientHandle client, byte[] vault, IntPtr[] names, UIntPtr count, ref NativeCall call,
            out PagerHandle pager, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_list_secrets(ClientHandle client, byte[] vault, ref NativeCall call,
            out PagerHandle pager, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_list_versions(ClientHandle client, byte[] vault, byte[] name, ref NativeCall call,
            out PagerHandle pager, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_list_deleted(ClientHandle client, byte[] vault, ref NativeCall call,
            out PagerHandle pager, out ErrorHandle error);

        // ---- client: writing ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_set_secret(ClientHandle client, byte[] vault, byte[] name, byte[] value, UIntPtr length,
            ref NativeAttributes attributes, ref NativeCall call, out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_update_secret(ClientHandle client, byte[] vault, byte[] name, byte[] version,
            ref NativeAttributes attributes, ref NativeCall call, out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_delete_secret(ClientHandle client, byte[] vault, byte[] name, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_get_deleted_secret(ClientHandle client, byte[] vault, byte[] name, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_recover_secret(ClientHandle client, byte[] vault, byte[] name, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_purge_secret(ClientHandle client, byte[] vault, byte[] name, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_backup_secret(ClientHandle client, byte[] vault, byte[] name, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_client_restore_secret(ClientHandle client, byte[] vault, byte[] blob, UIntPtr length, ref NativeCall call,
            out OperationHandle operation, out ErrorHandle error);

        // ---- operation and pager ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_operation_take_secret(OperationHandle operation, out SecretHandle secret, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_operation_take_list(OperationHandle operation, out SecretListHandle list, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_operation_take_blob(OperationHandle operation, out BlobHandle blob, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_pager_next(PagerHandle pager, out OperationHandle operation, out ErrorHandle error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_pager_free(IntPtr pager);

        // ---- secret ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_value(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern UIntPtr doorkey_secret_length(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_secret_copy_utf16(SecretHandle secret, IntPtr buffer, UIntPtr capacity, out UIntPtr units);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_id(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_vault(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_name(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_version(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_content_type(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_secret_enabled(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_secret_created_at_unix(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_secret_updated_at_unix(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_secret_expires_at_unix(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_secret_not_before_unix(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_secret_managed(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_key_id(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_recovery_level(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_secret_recoverable_days(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_recovery_id(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_secret_deleted_at_unix(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern long doorkey_secret_scheduled_purge_at_unix(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern UIntPtr doorkey_secret_tag_count(SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_tag_name(SecretHandle secret, UIntPtr index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_tag_value(SecretHandle secret, UIntPtr index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_secret_free(IntPtr secret);

        // ---- list and blob ----

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern UIntPtr doorkey_secret_list_length(SecretListHandle list);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_list_at(SecretListHandle list, UIntPtr index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_secret_list_share(SecretListHandle list, UIntPtr index, out SecretHandle secret);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int doorkey_secret_list_status(SecretListHandle list, UIntPtr index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_secret_list_error(SecretListHandle list, UIntPtr index);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_secret_list_free(IntPtr list);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr doorkey_blob_data(BlobHandle blob);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern UIntPtr doorkey_blob_length(BlobHandle blob);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void doorkey_blob_free(IntPtr blob);
    }
}
