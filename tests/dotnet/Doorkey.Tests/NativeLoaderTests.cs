// Finding the native library, and what is said when it is missing, damaged or for another machine. In whole processes: tests/powershell.
using System;
using System.IO;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class NativeLoaderTests : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("doorkey-loader").FullName;
        private readonly string rid = NativePlatform.RuntimeIdentifier();

        public void Dispose()
        {
            Directory.Delete(folder, true);
        }

        [Fact]
        public void The_library_is_looked_for_beside_the_assembly_in_three_layouts()
        {
            foreach (string relative in new[] { rid, Path.Combine("runtimes", rid, "native"), "." })
            {
                string place = Path.Combine(folder, relative);
                Directory.CreateDirectory(place);
                string file = Path.Combine(place, NativePlatform.FileName(rid));
                File.Copy(Shipped(), file);
                Assert.Equal(Path.GetFullPath(file), Path.GetFullPath(NativeLoader.Find(folder, rid)));
                File.Delete(file);
            }
        }

        [Fact]
        public void A_missing_library_is_told_with_the_place_and_the_process()
        {
            Directory.CreateDirectory(Path.Combine(folder, "win-arm64"));
            NativeLibraryException missing = Assert.Throws<NativeLibraryException>(() => NativeLoader.Find(folder, rid));
            Assert.Equal(NativeLibraryProblem.Missing, missing.Problem);
            Assert.Contains(Path.Combine(folder, rid), missing.Message);
            Assert.Contains("win-arm64", missing.Message);
            Assert.NotEmpty(missing.Advice);
        }

        [Fact]
        public void A_text_file_is_no_library()
        {
            Place("this is not a library, whatever its name says");
            Assert.Equal(NativeLibraryProblem.Corrupt, Problem());
        }

        [Fact]
        public void An_empty_file_is_no_library()
        {
            Place("");
            Assert.Equal(NativeLibraryProblem.Corrupt, Problem());
        }

        [Theory]
        [InlineData(0.5)]
        [InlineData(0.99)]
        [InlineData(0.001)]
        public void A_file_that_was_cut_off_is_not_given_to_the_system(double part)
        {
            byte[] whole = File.ReadAllBytes(Shipped());
            Place(whole.AsSpan(0, (int)(whole.Length * part)).ToArray());
            Assert.Equal(NativeLibraryProblem.Corrupt, Problem());
        }

        [Fact]
        public void A_library_for_another_architecture_is_named_as_such()
        {
            string other = rid.Replace("x64", "arm64");
            other = other == rid ? rid.Replace("arm64", "x64") : other;
            Directory.CreateDirectory(Path.Combine(folder, other));
            File.Copy(Shipped(), Path.Combine(folder, other, NativePlatform.FileName(other)));
            NativeLibraryException wrong = Assert.Throws<NativeLibraryException>(() => NativeLoader.Find(folder, other));
            Assert.Equal(NativeLibraryProblem.WrongArchitecture, wrong.Problem);
            Assert.Contains(NativePlatform.Architecture(), wrong.Message);
            Assert.Contains(other, wrong.Message);
        }

        [Theory]
        [InlineData(0x00000003u, true)]
        [InlineData(0x00000004u, true)]
        [InlineData(0x00000002u, false)]
        [InlineData(0x00010003u, false)]
        public void An_ABI_fits_with_the_same_major_and_no_lower_minor(uint version, bool fits)
        {
            Assert.Equal(fits, NativeLoader.AbiMatches(version));
        }

        [Fact]
        public void Loading_again_does_nothing()
        {
            NativeLoader.Ensure();
            NativeLoader.Ensure();
            Assert.NotEmpty(Client.LibraryVersion);
        }

        [Fact]
        public void Musl_is_known_by_the_loader_that_the_process_has_mapped()
        {
            Assert.True(NativePlatform.IsMusl("7f00-7f01 r-xp 0 08:01 42 /lib/ld-musl-x86_64.so.1\n"));
            Assert.False(NativePlatform.IsMusl("7f00-7f01 r-xp 0 08:01 42 /usr/lib/x86_64-linux-gnu/libc.so.6\n"));
        }

        [Theory]
        [InlineData("win-x86", "doorkey.dll")]
        [InlineData("linux-musl-arm64", "libdoorkey.so")]
        [InlineData("osx-arm64", "libdoorkey.dylib")]
        public void Each_system_has_its_own_file_name(string runtimeIdentifier, string file)
        {
            Assert.Equal(file, NativePlatform.FileName(runtimeIdentifier));
        }

        private static string Shipped()
        {
            return NativeLoader.Find(Path.GetDirectoryName(typeof(Client).Assembly.Location), NativePlatform.RuntimeIdentifier());
        }

        private void Place(string text)
        {
            Place(System.Text.Encoding.ASCII.GetBytes(text));
        }

        private void Place(byte[] content)
        {
            Directory.CreateDirectory(Path.Combine(folder, rid));
            File.WriteAllBytes(Path.Combine(folder, rid, NativePlatform.FileName(rid)), content);
        }

        private NativeLibraryProblem Problem()
        {
            NativeLibraryException error = Assert.Throws<NativeLibraryException>(() => NativeLoader.Find(folder, rid));
            Assert.NotEmpty(error.Advice);
            Assert.Contains(folder, error.Message);
            return error.Problem;
        }
    }
}
