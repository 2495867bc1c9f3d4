#include <utility>

#include "writers.hpp"

namespace vedette::report {
namespace {

class JsonArrayWriter final : public AlertWriter {
 public:
  explicit JsonArrayWriter(Sink sink) : sink_(std::move(sink)) {}

  void write(const model::Alert& alert) override {
    text_ = any_ ? ",\n" : "[\n";
    any_ = true;
    model::append_json(text_, alert);
    sink_(text_);
  }
  void finish() override { sink_(any_ ? "\n]\n" : "[]\n"); }

 private:
  Sink sink_;
  std::string text_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<AlertWriter> make_json_writer(Sink sink) {
  return std::make_unique<JsonArrayWriter>(std::move(sink));
}

}  // namespace vedette::report
