<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\AgentExample;
use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Entity\Agent;

/**
 * Which examples the form of an agent shows: those of it, or what was sent.
 *
 * @internal
 */
final class ExampleRows {

  /**
   * The examples to show, by number of their row.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param array<string, mixed> $sent
   *   What was sent; its values are shown in their elements anyway.
   *
   * @return array<int, \Drupal\background_agents\Form\Agent\ShownExample>
   *   In their order.
   */
  public static function of(Agent $agent, array $sent): array {
    $own = $agent->getOwnExamples();
    $properties = (array) (self::schema($agent->getDefinition()['input_schema'])->properties ?? []);
    $shown = array_map(static fn (AgentExample $example): ShownExample => new ShownExample(
      $example->label,
      $example->input,
      $properties !== [] && array_diff_key((array) $example->input, $properties) !== [],
    ), $own);
    if (!isset($sent['examples']['shown'])) {
      return $shown;
    }
    $rows = self::rows($sent);
    return array_map(static fn (array $row): ShownExample => new ShownExample(isJson: $properties !== [] && !empty($row['json'])), $rows);
  }

  /**
   * What was sent, with one more row, or without one.
   *
   * @param array<string, mixed> $sent
   *   What was sent.
   * @param int|null $without
   *   The row that is removed; NULL: one is added.
   *
   * @return array<string, mixed>
   *   From which the form is shown again.
   */
  public static function changed(array $sent, ?int $without): array {
    $rows = self::rows($sent);
    if ($without !== NULL) {
      unset($rows[$without]);
    }
    elseif (count($rows) < AgentExample::MOST) {
      $rows[$rows === [] ? 0 : max(array_keys($rows)) + 1] = [];
    }
    $sent['examples'] = ['shown' => '1', 'rows' => $rows];
    return $sent;
  }

  /**
   * A schema from its text; NULL: there is none, or none that can be read.
   */
  public static function schema(?string $text): ?\stdClass {
    try {
      return JsonText::readObject((string) $text);
    }
    catch (\InvalidArgumentException) {
      return NULL;
    }
  }

  /**
   * The rows that were sent.
   *
   * @return array<int, array<string, mixed>>
   *   By number.
   */
  private static function rows(array $sent): array {
    $rows = (array) ($sent['examples']['rows'] ?? []);
    $rows = array_filter($rows, static fn (mixed $row, int|string $key): bool => is_int($key) && is_array($row), ARRAY_FILTER_USE_BOTH);
    return array_slice($rows, 0, AgentExample::MOST, TRUE);
  }

}
