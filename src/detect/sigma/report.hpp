// Collects the diagnostics of one rule file.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "vedette/base/diagnostic.hpp"

namespace vedette::detect::sigma {

// Not thread safe: one per file.
class Reporter {
 public:
  Reporter(std::string_view file, bool lint) : file_(file), lint_(lint) {}

  // The document is refused.
  void error(base::SourceSpan at, std::string_view code, std::string message, std::string help = {}) {
    failed_ = true;
    add(base::Severity::error, at, code, std::move(message), std::move(help));
  }
  // The document loads, but its author should know; always reported.
  void warn(base::SourceSpan at, std::string_view code, std::string message, std::string help = {}) {
    add(base::Severity::warning, at, code, std::move(message), std::move(help));
  }
  // Style; reported when asked for. Callers test linting() first where finding out costs time.
  void lint(base::SourceSpan at, std::string_view code, std::string message, std::string help = {}) {
    if (lint_) warn(at, code, std::move(message), std::move(help));
  }
  bool linting() const { return lint_; }

  // Whether an error was reported since the last begin_document().
  bool failed() const { return failed_; }
  void begin_document() { failed_ = false; }

  base::Diagnostics& diagnostics() { return diagnostics_; }

 private:
  void add(base::Severity severity, base::SourceSpan at, std::string_view code, std::string message,
           std::string help) {
    // A hostile file could otherwise report more than it holds.
    if (diagnostics_.size() >= kMaxDiagnostics) return;
    diagnostics_.push_back({severity, file_, at, std::string(code), std::move(message), std::move(help)});
  }

  static constexpr std::size_t kMaxDiagnostics = 1000;
  std::string file_;
  bool lint_;
  bool failed_ = false;
  base::Diagnostics diagnostics_;
};

}  // namespace vedette::detect::sigma
