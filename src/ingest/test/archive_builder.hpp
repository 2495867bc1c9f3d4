// Makes compressed data and archives in memory, for tests.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::ingest::test {

using Members = std::vector<std::pair<std::string, std::string>>;  // name and bytes; "name/" is a folder

// `filter` is one of gzip, zstd, xz, bzip2, lz4.
std::string compress(std::string_view filter, std::string_view bytes);
// `format` is one of zip, ustar, 7zip. `options` as archive_write_set_options(3) takes them.
std::string archive_of(std::string_view format, const Members& members, const char* options = nullptr);
// A zip of `count` members that share one deflated run of `zeros` zero bytes: each local header hides the
// next ones in its extra field.
std::string overlapping_zip(std::size_t count, std::size_t zeros);

}  // namespace vedette::ingest::test
