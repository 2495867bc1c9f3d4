// Any bytes as an input file: opening and reading it never crashes, ends, and stays within its bounds.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "vedette/base/check.hpp"
#include "vedette/ingest/inputs.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMaxMember = std::uint64_t{1} << 20;
  constexpr std::size_t kMaxMembers = 64;
  static const int fd = ::memfd_create("input", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  CHECK(fd >= 0 && ::ftruncate(fd, 0) == 0);
  CHECK(::pwrite(fd, data, size, 0) == static_cast<ssize_t>(size));

  vedette::ingest::InputLimits limits;
  limits.max_member_bytes = kMaxMember;
  limits.max_members = kMaxMembers;
  std::vector<vedette::ingest::InputProblem> problems;
  std::size_t visits = 0;
  vedette::ingest::read_input(
      {path, size, 0}, limits,
      [&](const vedette::ingest::InputInfo& info, vedette::ingest::InputStream& stream) {
        static std::array<char, 65536> buffer;
        CHECK(info.path.starts_with(path));
        CHECK(++visits <= kMaxMembers);
        std::uint64_t total = 0;
        for (;;) {
          const auto got = stream.read(buffer.data(), buffer.size());
          if (!got.ok() || *got == 0) break;
          total += *got;
        }
        CHECK(total <= std::max<std::uint64_t>(kMaxMember, size) + buffer.size());
      },
      nullptr, problems);
  return 0;
}
