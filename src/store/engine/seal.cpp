#include "seal.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace vedette::store {
namespace {

struct Row {
  std::uint32_t batch = 0, row = 0, group = 0;
  base::TimeNs time = 0;
  std::uint64_t sequence = 0;
};

struct Group {
  std::string day, dataset;
  std::uint64_t rows = 0;
};

class Grouper {
 public:
  explicit Grouper(const SealJob& job) : job_(job), datasets_(job.datasets) {}

  std::vector<Row> rows() {
    std::vector<Row> rows;
    for (std::size_t b = 0; b < job_.batches.size(); ++b) {
      const model::EventBatch& batch = *job_.batches[b];
      for (std::uint32_t r = 0; r < batch.size(); ++r) {
        const model::Event event = batch[r];
        const std::uint32_t group = group_of(day_number(event.time()), dataset_id(dataset_of(event)));
        ++groups_[group].rows;
        rows.push_back({static_cast<std::uint32_t>(b), r, group, event.time(), event.sequence()});
      }
    }
    bound_groups(rows);
    return rows;
  }
  const std::vector<Group>& groups() const { return groups_; }
  std::uint64_t to_other() const { return to_other_; }
  std::uint64_t to_mixed() const { return to_mixed_; }

 private:
  std::uint32_t dataset_id(std::string_view dataset) {
    const auto known = dataset_ids_.find(dataset);
    if (known != dataset_ids_.end()) {
      if (known->second.refused) ++to_other_;
      return known->second.id;
    }
    std::string name = dataset_folder(dataset);
    bool refused = false;
    if (!datasets_.contains(name)) {
      // "other" itself has its place beside the bound.
      refused = datasets_.size() >= kMaxDatasets && name != kOtherDataset;
      if (refused) name = kOtherDataset;
      datasets_.insert(name);
    }
    if (refused) ++to_other_;
    const auto [entry, added] = name_ids_.emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (added) names_.push_back(name);
    // The values live as long as the job's batches. The map is bounded: an unknown one costs a look-up more.
    if (dataset_ids_.size() < 4 * kMaxDatasets) dataset_ids_.emplace(dataset, Id{entry->second, refused});
    return entry->second;
  }

  std::uint32_t group_of(std::int64_t day, std::uint32_t dataset) {
    const auto [entry, added] = group_ids_.emplace(std::pair(day, dataset), groups_.size());
    if (added) groups_.push_back({day_name(day), names_[dataset], 0});
    return static_cast<std::uint32_t>(entry->second);
  }

  // The largest groups keep their own parts.
  void bound_groups(std::vector<Row>& rows) {
    std::vector<std::uint32_t> order(groups_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return groups_[a].rows > groups_[b].rows; });
    std::vector<bool> mixed(groups_.size());
    std::size_t kept = 0, all = job_.groups.size();
    for (const std::uint32_t group : order) {
      const bool is_new = !job_.groups.contains({groups_[group].day, groups_[group].dataset});
      mixed[group] = kept >= kMaxGroupsPerSeal || (is_new && all >= kMaxGroups);
      if (mixed[group]) {
        to_mixed_ += groups_[group].rows;
      } else {
        ++kept;
        all += is_new;
      }
    }
    if (to_mixed_ == 0) return;
    const auto target = static_cast<std::uint32_t>(groups_.size());
    groups_.push_back({std::string(kMixedDay), std::string(kOtherDataset), to_mixed_});
    for (Row& row : rows) {
      if (mixed[row.group]) row.group = target;
    }
  }

  struct Id {
    std::uint32_t id = 0;
    bool refused = false;
  };
  const SealJob& job_;
  std::set<std::string> datasets_;
  std::unordered_map<std::string_view, Id> dataset_ids_;
  std::map<std::string, std::uint32_t> name_ids_;
  std::vector<std::string> names_;
  std::map<std::pair<std::int64_t, std::uint32_t>, std::size_t> group_ids_;
  std::vector<Group> groups_;
  std::uint64_t to_other_ = 0, to_mixed_ = 0;
};

}  // namespace

PartFiles::~PartFiles() {
  if (kept_) return;
  parts_.clear();
  for (const std::string& path : paths_) static_cast<void>(files_.remove(path));
}

base::Status PartFiles::write(PartWriter& writer, std::string day, std::string dataset,
                              base::TimeNs sealed_at) {
  PartEntry entry;
  entry.name = {std::move(day), std::move(dataset), next_number_()};
  entry.sealed_at = sealed_at;
  const std::string folder = root_ + "/" + entry.name.folder();
  const std::string path = root_ + "/" + entry.name.path();
  TRY(files_.make_folders(folder));
  paths_.push_back(path);
  TRY_ASSIGN(entry.summary, writer.finish(files_, path));
  entry.summary.path = entry.name.path();
  folders_.insert(folder);
  bytes_ += entry.summary.bytes;
  TRY_ASSIGN(auto part, open_part(files_, root_, std::move(entry)));
  parts_.push_back(std::move(part));
  return base::ok_status();
}

base::Status PartFiles::sync_folders() {
  for (const std::string& folder : folders_) TRY(files_.sync_folder(folder));
  return base::ok_status();
}

base::Result<SealOutcome> write_rows(const SealJob& job, PartFiles& out) {
  Grouper grouper(job);
  std::vector<Row> rows = grouper.rows();
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.group, a.time, a.sequence) < std::tie(b.group, b.time, b.sequence);
  });
  for (std::size_t at = 0; at < rows.size();) {
    const std::uint32_t group = rows[at].group;
    PartWriter writer(job.options);
    for (; at < rows.size() && rows[at].group == group && writer.rows() < job.max_part_rows; ++at) {
      writer.add(job.batches[rows[at].batch], rows[at].row);
    }
    TRY(out.write(writer, grouper.groups()[group].day, grouper.groups()[group].dataset, job.now));
  }
  TRY(out.sync_folders());
  return SealOutcome{grouper.to_other(), grouper.to_mixed()};
}

}  // namespace vedette::store
