// The file of a backup, as Az's cmdlets and the Azure CLI write it: the bytes that Key Vault gives as base64url. It is there whole or not at
// all, and its owner's alone where the system can be told so. What a backup is made of is Key Vault's secret.
using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Doorkey.PowerShell
{
    internal static class BackupFile
    {
        /// <summary>As much as the native library takes of an answer; what is larger is no backup that it could have made.</summary>
        private const int BytesMax = 4 * 1024 * 1024;

        /// <summary>The owner may read and write, nobody else anything: 0600.</summary>
        private const int OwnerOnly = 0x180;

        /// <summary>The path as the file system knows it, whatever drive and location PowerShell has.</summary>
        internal static string Resolve(PSCmdlet cmdlet, string parameter, string path)
        {
            ProviderInfo provider;
            PSDriveInfo drive;
            string resolved;
            try
            {
                resolved = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out drive);
            }
            catch (SessionStateException exception)
            {
                throw FileException.NotFound(parameter + ": " + exception.Message);
            }
            if (provider.Name != "FileSystem")
            {
                throw FileException.Unsuitable(parameter + ": must be a file's path, and is one of the provider " + provider.Name, "Give a path of the file system.");
            }
            return resolved;
        }

        /// <summary>The file to write to, which of a link is the one that it leads to. Refuses, before anything is sent, what could not be written.</summary>
        internal static string Writable(PSCmdlet cmdlet, string path, bool replace)
        {
            if (Directory.Exists(path))
            {
                throw FileException.Exists("'" + path + "' is a folder");
            }
            string file = PlainFile.Behind(cmdlet, "-OutputFile", path);
            if (File.Exists(path) && !replace)
            {
                throw FileException.Exists("'" + path + "' exists");
            }
            if (!Directory.Exists(path.Substring(0, FolderEnd(path))))
            {
                throw FileException.NotFound("-OutputFile: there is no folder for '" + path + "'");
            }
            return file;
        }

        /// <summary>Writes beside the path and then moves, so that a full disk neither leaves half a backup nor takes away an older one.</summary>
        internal static void Write(string path, byte[] text, bool replace)
        {
            // Not made of the file's name, which may be as long as names can be.
            string beside = path.Substring(0, FolderEnd(path)) + Path.GetRandomFileName();
            try
            {
                using (FileStream file = Create(beside))
                {
                    byte[] bytes = Bytes(text);
                    file.Write(bytes, 0, bytes.Length);
                }
                Move(beside, path, replace);
            }
            catch (Exception exception) when (IsOfFile(exception))
            {
                Discard(beside);
                throw FileException.Failed("-OutputFile", path, ErrorCategory.WriteError, exception, beside);
            }
        }

        /// <summary>The text for the vault, of a file that holds the bytes or the text itself.</summary>
        internal static byte[] Read(PSCmdlet cmdlet, string path)
        {
            string real = PlainFile.Behind(cmdlet, "-InputFile", path);
            if (!File.Exists(path))
            {
                throw FileException.NotFound("-InputFile: there is no file '" + path + "'");
            }
            try
            {
                // Before it is opened too: a pipe that PowerShell before 7.1 takes for a file has no bytes, and opening it waits.
                RefuseLength(path, new FileInfo(real).Length);
                using (FileStream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
                {
                    RefuseLength(path, file.Length);
                    return Text(ReadAll(file));
                }
            }
            catch (Exception exception) when (IsOfFile(exception) && !(exception is FileException))
            {
                throw FileException.Failed("-InputFile", path, ErrorCategory.ReadError, exception);
            }
        }

        private static void RefuseLength(string path, long length)
        {
            if (length == 0 || length > BytesMax)
            {
                throw FileException.Unsuitable("-InputFile: '" + path + "' is no backup: it has " + length + " bytes, and must have 1 to " + BytesMax,
                    "Give a file that Backup-DoorkeySecret has made.");
            }
        }

        /// <summary>Where the file's own name begins. Not by Path: .NET Framework throws there for characters that no path has.</summary>
        private static int FolderEnd(string path)
        {
            return path.LastIndexOfAny(new[] { Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar }) + 1;
        }

        private static byte[] ReadAll(FileStream file)
        {
            byte[] bytes = new byte[file.Length];
            int length = 0;
            int read;
            while (length < bytes.Length && (read = file.Read(bytes, length, bytes.Length - length)) > 0)
            {
                length += read;
            }
            Array.Resize(ref bytes, length);
            return bytes;
        }

        /// <summary>The bytes of a text, if they would be read as that text again; else the text itself, as a service of another mind might have it.</summary>
        private static byte[] Bytes(byte[] text)
        {
            byte[] bytes = Base64Url.TryDecode(text);
            return bytes != null && Text(bytes).SequenceEqual(text) ? bytes : text;
        }

        private static byte[] Text(byte[] content)
        {
            return Base64Url.IsText(content) ? content : Base64Url.Encode(content);
        }

        private static void Move(string from, string to, bool replace)
        {
            if (replace && File.Exists(to))
            {
                File.Replace(from, to, null);
            }
            else
            {
                File.Move(from, to);
            }
        }

        /// <summary>
        /// Private from the start, since who opens a file before its rights are set can read it ever after. By reflection: the members came with
        /// .NET 7, and before it managed code has none. Windows needs none, a user's folders being the user's.
        /// </summary>
        private static FileStream Create(string path)
        {
            Type mode = Path.DirectorySeparatorChar == '\\' ? null : Type.GetType("System.IO.UnixFileMode");
            Type options = mode == null ? null : Type.GetType("System.IO.FileStreamOptions");
            PropertyInfo rights = options == null ? null : options.GetProperty("UnixCreateMode");
            if (rights == null)
            {
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            }
            object given = Activator.CreateInstance(options);
            options.GetProperty("Mode").SetValue(given, FileMode.CreateNew);
            options.GetProperty("Access").SetValue(given, FileAccess.Write);
            options.GetProperty("Share").SetValue(given, FileShare.None);
            rights.SetValue(given, Enum.ToObject(mode, OwnerOnly));
            try
            {
                return (FileStream)Activator.CreateInstance(typeof(FileStream), path, given);
            }
            catch (TargetInvocationException exception)
            {
                ExceptionDispatchInfo.Capture(exception.InnerException).Throw();
                throw;
            }
        }

        /// <summary>What went wrong before is what the caller is told.</summary>
        private static void Discard(string path)
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception exception) when (IsOfFile(exception))
            {
            }
        }

        private static bool IsOfFile(Exception exception)
        {
            return exception is IOException || exception is UnauthorizedAccessException || exception is NotSupportedException || exception is ArgumentException;
        }
    }
}
