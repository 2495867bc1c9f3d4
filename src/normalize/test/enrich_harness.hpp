// Events for the tests of enrichment, written as JSON-like lists of fields.
#pragma once

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "vedette/model/event.hpp"

namespace vedette::normalize::test {

// A field given several times is a list.
using EventFields = std::vector<std::pair<std::string, std::string>>;

inline std::shared_ptr<const model::EventBatch> batch_of(const std::vector<EventFields>& events,
                                                         base::TimeNs time = 0) {
  model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test"}));
  std::uint64_t position = 0;
  for (const EventFields& fields : events) {
    builder.begin_row(++position);
    builder.set_time(time);
    for (const auto& [name, value] : fields) builder.add_copy(model::intern(name), value);
    builder.end_row();
  }
  return builder.finish();
}

// The value as text, the elements of a list joined by '|'; "-" if there is none.
inline std::string field_of(const model::Event& event, std::string_view name) {
  const model::Value* value = event.find(model::intern(name));
  if (!value) return "-";
  std::string out;
  for (const model::Value& element : value->elements()) {
    model::TextBuffer buffer;
    if (&element != value->elements().data()) out += '|';
    out += model::text_of(element, buffer);
  }
  return out;
}

inline std::string json_of(const model::Event& event) {
  std::string out;
  model::append_json(out, event);
  return out;
}

class EnrichFolder {
 public:
  EnrichFolder() {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("vedette_enrich_" + std::to_string(getpid()) + "_" + std::to_string(++number));
    std::filesystem::create_directories(path_);
  }
  ~EnrichFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, std::string_view bytes) const {
    const std::string path = this->path(name);
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace vedette::normalize::test
