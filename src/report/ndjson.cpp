#include <utility>

#include "writers.hpp"

namespace vedette::report {
namespace {

class NdjsonWriter final : public AlertWriter {
 public:
  explicit NdjsonWriter(Sink sink) : sink_(std::move(sink)) {}

  void write(const model::Alert& alert) override {
    line_.clear();
    model::append_json(line_, alert);
    line_ += '\n';
    sink_(line_);
  }
  void finish() override {}

 private:
  Sink sink_;
  std::string line_;
};

}  // namespace

std::unique_ptr<AlertWriter> make_ndjson_writer(Sink sink) {
  return std::make_unique<NdjsonWriter>(std::move(sink));
}

}  // namespace vedette::report
