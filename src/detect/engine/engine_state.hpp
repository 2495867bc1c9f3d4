#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/program.hpp"
#include "engine/router.hpp"
#include "vedette/detect/engine.hpp"

namespace vedette::detect {

struct Engine::State {
  State(RuleSet rule_set, Taxonomy tax);

  // The program for events of these log source entries, compiled on first use. Lives as long as the engine. A
  // sender who mixes log sources at will gets kMaxPrograms of them; further mixtures share one program of all
  // rules.
  const Program* program(const std::vector<std::uint16_t>& entries);

  static constexpr std::size_t kMaxPrograms = 512;

  const RuleSet rules;
  const Taxonomy taxonomy;
  const Router router;
  const std::vector<std::vector<std::string>> captured;  // by rule: see RuleHit::captures
  std::mutex mutex;                                      // guards programs
  std::map<std::vector<std::uint16_t>, std::unique_ptr<Program>> programs;
  std::unique_ptr<Program> for_all;

 private:
  std::unique_ptr<Program> compile(const std::vector<std::uint16_t>& entries) const;
};

}  // namespace vedette::detect
