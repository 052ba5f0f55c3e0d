// The declarations against the library itself: every symbol there, no marshalling that frees or widens, struct sizes, status numbers.
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class AbiTests
    {
        private static readonly MethodInfo[] Declarations = typeof(NativeMethods)
            .GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Where(method => method.GetCustomAttribute<DllImportAttribute>() != null)
            .ToArray();

        [Fact]
        public void Every_declared_function_is_exported_by_the_library()
        {
            NativeLoader.Ensure();
            string path = NativeLoader.Find(Path.GetDirectoryName(typeof(Client).Assembly.Location), NativePlatform.RuntimeIdentifier());
            IntPtr library = NativeLibrary.Load(path);
            Assert.NotEmpty(Declarations);
            Assert.All(Declarations, method => Assert.True(NativeLibrary.TryGetExport(library, method.Name, out _), method.Name));
        }

        [Fact]
        public void Every_declaration_has_as_many_parameters_as_the_header_says()
        {
            string header = Header();
            foreach (MethodInfo method in Declarations)
            {
                Match found = Regex.Match(header, @"\b" + method.Name + @"\s*\(([^)]*)\)\s*;");
                Assert.True(found.Success, method.Name);
                string parameters = found.Groups[1].Value.Trim();
                Assert.True(method.GetParameters().Length == (parameters == "void" ? 0 : parameters.Split(',').Length), method.Name + ": " + parameters);
            }
        }

        [Fact]
        public void Every_declaration_is_Cdecl_and_exact()
        {
            foreach (DllImportAttribute import in Declarations.Select(method => method.GetCustomAttribute<DllImportAttribute>()))
            {
                Assert.Equal(CallingConvention.Cdecl, import.CallingConvention);
                Assert.True(import.ExactSpelling);
                Assert.Equal("doorkey", import.Value);
            }
        }

        [Fact]
        public void No_declaration_leaves_ownership_or_width_to_the_marshaller()
        {
            Type[] plain = { typeof(void), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(IntPtr), typeof(UIntPtr), typeof(byte[]), typeof(IntPtr[]) };
            foreach (MethodInfo method in Declarations)
            {
                Assert.Contains(method.ReturnType, plain);
                foreach (ParameterInfo parameter in method.GetParameters())
                {
                    Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType() : parameter.ParameterType;
                    bool known = plain.Contains(type) || typeof(NativeHandle).IsAssignableFrom(type) || type == typeof(NativeCompleteCallback)
                        || ((type == typeof(NativeCall) || type == typeof(NativeAttributes)) && parameter.ParameterType.IsByRef);
                    Assert.True(known, method.Name + ": " + parameter);
                }
            }
        }

        [Fact]
        public void Structs_have_the_size_that_C_gives_them()
        {
            Assert.Equal(24 + 2 * IntPtr.Size, Marshal.SizeOf<NativeCall>());
            Assert.Equal(24, (int)Marshal.OffsetOf<NativeCall>("NewerThanVersion"));
            Assert.Equal(24 + IntPtr.Size, (int)Marshal.OffsetOf<NativeCall>("Claims"));
            Assert.Equal(0, (int)Marshal.OffsetOf<NativeCall>("StructSize"));
            Assert.Equal(8, (int)Marshal.OffsetOf<NativeCall>("TimeoutMs"));
            Assert.Equal(12, (int)Marshal.OffsetOf<NativeCall>("MaxAgeMs"));
            Assert.Equal(16, (int)Marshal.OffsetOf<NativeCall>("StaleIfErrorMs"));
            Assert.Equal(20, (int)Marshal.OffsetOf<NativeCall>("Concurrency"));
            Assert.Equal(32 + 2 * IntPtr.Size, Marshal.SizeOf<NativeAttributes>());
            Assert.Equal(8, (int)Marshal.OffsetOf<NativeAttributes>("ContentType"));
            Assert.Equal(16, (int)Marshal.OffsetOf<NativeAttributes>("NotBeforeUnix"));
            Assert.Equal(24, (int)Marshal.OffsetOf<NativeAttributes>("ExpiresAtUnix"));
            Assert.Equal(32, (int)Marshal.OffsetOf<NativeAttributes>("Tags"));
        }

        [Fact]
        public void Flags_have_the_bits_that_the_header_gives_them()
        {
            foreach ((string name, uint bit) in new[]
            {
                ("CALL_FORCE_REFRESH", NativeCall.ForceRefresh), ("ATTRIBUTE_ENABLED", NativeAttributes.Enabled),
                ("ATTRIBUTE_DISABLED", NativeAttributes.Disabled), ("ATTRIBUTE_NOT_BEFORE", NativeAttributes.NotBefore),
                ("ATTRIBUTE_EXPIRES", NativeAttributes.Expires), ("ATTRIBUTE_TAGS", NativeAttributes.WithTags)
            })
            {
                Assert.Matches(@"#define DOORKEY_" + name + " " + bit + @"\b", Header());
            }
        }

        [Fact]
        public void The_library_is_of_the_interface_that_the_sources_were_written_for()
        {
            Match version = Regex.Match(Header(), @"#define DOORKEY_ABI_VERSION (\d+)");
            Assert.Equal(((uint)NativeLoader.AbiMajor << 16) | NativeLoader.AbiMinor, uint.Parse(version.Groups[1].Value));
        }

        [Fact]
        public void Statuses_have_the_librarys_names_and_numbers()
        {
            NativeLoader.Ensure();
            for (int status = 0; status < 200; status++)
            {
                string name = Utf8.Read(NativeMethods.doorkey_status_name(status));
                string ours = Enum.IsDefined(typeof(DoorkeyStatus), status) ? ((DoorkeyStatus)status).ToString() : null;
                Assert.Equal(name == null ? null : name.Replace("_", "").ToLowerInvariant(), ours == null ? null : ours.ToLowerInvariant());
            }
        }

        [Fact]
        public void The_library_is_of_the_version_of_the_assembly()
        {
            Version assembly = typeof(Client).Assembly.GetName().Version;
            Assert.Equal(assembly.ToString(3), Client.LibraryVersion.Split('-')[0]);
        }

        /// <summary>Without its comments.</summary>
        private static string Header()
        {
            string root = typeof(AbiTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(told => told.Key == "RepositoryRoot").Value;
            return Regex.Replace(File.ReadAllText(Path.Combine(root, "include", "doorkey.h")), @"/\*.*?\*/", "", RegexOptions.Singleline);
        }
    }
}
