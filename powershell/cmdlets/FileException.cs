// What is wrong with a backup's file, before or after the vault had its part. What the vault or the library says is a DoorkeyException.
using System;
using System.IO;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    [Serializable]
    internal sealed class FileException : IOException
    {
        private FileException(string problem, ErrorCategory category, string message, string advice, Exception cause) : base(Arguments.Plain(message), cause)
        {
            Problem = problem;
            Category = category;
            Advice = advice;
        }

        /// <summary>The last part of the error's id, which is API.</summary>
        internal string Problem { get; private set; }

        internal ErrorCategory Category { get; private set; }

        internal string Advice { get; private set; }

        internal static FileException Exists(string what)
        {
            return new FileException("FileExists", ErrorCategory.ResourceExists, "-OutputFile: " + what, "Give another path, or -Force to replace a file that there is.", null);
        }

        internal static FileException TakenTwice(string path)
        {
            return new FileException("FileExists", ErrorCategory.ResourceExists, "-OutputFile: '" + path + "' holds the backup of the secret before",
                "Give a folder, or leave -OutputFile out: each secret gets a file of its own.", null);
        }

        internal static FileException NotFound(string what)
        {
            return new FileException("FileNotFound", ErrorCategory.ObjectNotFound, what, "See whether the path is right.", null);
        }

        internal static FileException Unsuitable(string what, string advice)
        {
            return new FileException("FileFailed", ErrorCategory.InvalidArgument, what, advice, null);
        }

        /// <param name="beside">The name that was written to in the place of the path; nobody knows it who reads the message.</param>
        internal static FileException Failed(string parameter, string path, ErrorCategory category, Exception cause, string beside = null)
        {
            string said = beside == null ? cause.Message : cause.Message.Replace(beside, path);
            return new FileException("FileFailed", category, parameter + ": '" + path + "': " + said, "Give this account the right to it, or give another path.", cause);
        }
    }
}
