#include "part_set.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace vedette::store {

base::Result<PartPtr> open_part(base::FileSystem& files, const std::string& root, PartEntry entry) {
  TRY_ASSIGN(auto reader, PartReader::open(files, root + "/" + entry.name.path()));
  const PartSummary& found = reader->summary();
  const PartSummary& listed = entry.summary;
  if (found.rows != listed.rows || found.bytes != listed.bytes || found.min_time != listed.min_time ||
      found.max_time != listed.max_time || found.min_sequence != listed.min_sequence ||
      found.max_sequence != listed.max_sequence) {
    return base::make_error(base::ErrorCode::corrupt,
                            fmt::format("{} is not the part that the manifest lists", entry.name.path()));
  }
  return std::make_shared<const Part>(Part{std::move(entry), std::move(reader)});
}

std::vector<DatasetUse> use_of(const PartSet& parts) {
  std::map<std::pair<std::string, std::string>, DatasetUse> datasets;
  for (const PartPtr& part : parts) {
    const PartSummary& summary = part->entry.summary;
    DatasetUse& use = datasets[{part->entry.name.dataset, part->entry.name.day}];
    use.min_time = use.parts ? std::min(use.min_time, summary.min_time) : summary.min_time;
    use.max_time = use.parts ? std::max(use.max_time, summary.max_time) : summary.max_time;
    ++use.parts;
    use.rows += summary.rows;
    use.bytes += summary.bytes;
    use.raw_bytes += summary.raw_bytes;
  }
  std::vector<DatasetUse> all;
  for (auto& [name, use] : datasets) {
    std::tie(use.dataset, use.day) = name;
    all.push_back(std::move(use));
  }
  return all;
}

}  // namespace vedette::store
