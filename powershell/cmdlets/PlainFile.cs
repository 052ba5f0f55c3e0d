// What a path leads to: through symbolic links to the file itself, and whether that is a file at all. By PowerShell's own provider, which tells
// links everywhere and pipes and devices on Unix, and opens nothing: a pipe would wait there for whoever is at its other end.
using System;
using System.Collections;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal static class PlainFile
    {
        /// <summary>As many links as Linux follows; more lead in a circle.</summary>
        private const int LinksMax = 40;

        private const string Provider = "Microsoft.PowerShell.Core\\FileSystem::";

        /// <summary>The file that a path leads to, and the path itself where nothing is.</summary>
        internal static string Behind(PSCmdlet cmdlet, string parameter, string path)
        {
            PSObject item = Item(cmdlet, path);
            string real = path;
            if (Target(item) != null)
            {
                int links = 0;
                real = Real(cmdlet, path, ref links);
                if (links > LinksMax)
                {
                    throw FileException.Unsuitable(parameter + ": '" + path + "' is a link that leads in a circle", "Give the path of a file, or remove the link.");
                }
                item = Item(cmdlet, real);
                if (item == null)
                {
                    throw FileException.NotFound(parameter + ": '" + path + "' is a link to '" + real + "', which is not there");
                }
            }
            string kind = Kind(item);
            if (kind != null && kind != "File" && kind != "Directory")
            {
                throw FileException.Unsuitable(parameter + ": '" + path + "' is no file, but a " + kind, "Give the path of a file.");
            }
            return real;
        }

        /// <summary>Part by part, since '..' behind a link to a folder is that folder's.</summary>
        private static string Real(PSCmdlet cmdlet, string path, ref int links)
        {
            string root = Path.GetPathRoot(path);
            string at = root;
            foreach (string part in path.Substring(root.Length).Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
            {
                if (part == "..")
                {
                    at = Path.GetDirectoryName(at) ?? root;
                }
                else if (part.Length > 0 && part != ".")
                {
                    string next = Path.Combine(at, part);
                    string target = links > LinksMax ? null : Target(Item(cmdlet, next));
                    links += target == null ? 0 : 1;
                    at = target == null ? next : Real(cmdlet, Path.Combine(at, target), ref links);
                }
            }
            return at;
        }

        /// <summary>What PowerShell says of a path itself; null where there is nothing, or nothing that it may see.</summary>
        private static PSObject Item(PSCmdlet cmdlet, string path)
        {
            try
            {
                return cmdlet.InvokeProvider.Item.Get(new[] { Provider + path }, true, true).FirstOrDefault();
            }
            catch (Exception exception) when (IsOfPath(exception))
            {
                return null;
            }
        }

        /// <summary>Where a symbolic link leads, in its own words; null of everything else. Some versions give a list of one.</summary>
        private static string Target(PSObject item)
        {
            if (!"SymbolicLink".Equals(Property(item, "LinkType")))
            {
                return null;
            }
            object target = Property(item, "Target");
            string text = target as string;
            IEnumerable several = text == null ? target as IEnumerable : null;
            return FromRoot(several == null ? text : several.Cast<object>().Select(Convert.ToString).FirstOrDefault());
        }

        /// <summary>Windows PowerShell leaves out what makes a share's or a volume's path one.</summary>
        private static string FromRoot(string target)
        {
            if (target == null || Path.DirectorySeparatorChar != '\\')
            {
                return target;
            }
            if (target.StartsWith("UNC\\", StringComparison.OrdinalIgnoreCase))
            {
                return "\\\\" + target.Substring(4);
            }
            return target.StartsWith("Volume{", StringComparison.OrdinalIgnoreCase) ? "\\\\?\\" + target : target;
        }

        /// <summary>The kind by the words of PowerShell 7.1 and later; null on Windows, whose pipes and devices lie in no folder.</summary>
        private static string Kind(PSObject item)
        {
            object stat = Property(item, "UnixStat");
            return stat == null ? null : Convert.ToString(Property(PSObject.AsPSObject(stat), "ItemType"));
        }

        private static object Property(PSObject item, string name)
        {
            try
            {
                PSPropertyInfo property = item == null ? null : item.Properties[name];
                object value = property == null ? null : property.Value;
                PSObject wrapped = value as PSObject;
                return wrapped == null ? value : wrapped.BaseObject;
            }
            catch (GetValueException)
            {
                // Windows PowerShell opens the file to tell, which may be locked or lie where there are no links.
                return null;
            }
        }

        private static bool IsOfPath(Exception exception)
        {
            bool isOfProvider = exception is RuntimeException && !(exception is PipelineStoppedException);
            return isOfProvider || exception is IOException || exception is UnauthorizedAccessException || exception is NotSupportedException || exception is ArgumentException;
        }
    }
}
