<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Agent\Version\AgentVersion;
use Drupal\background_agents\Review\Diff\DiffMarkup;
use Drupal\background_agents\Review\Diff\Nodes;
use Drupal\background_agents\Review\Diff\TextDiff;
use Drupal\Component\Utility\Html;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Shows what differs between two versions of an agent's definition.
 *
 * @internal
 */
final class VersionComparison {

  use StringTranslationTrait;

  public function __construct(
    private readonly DiffMarkup $markup,
    private readonly Nodes $nodes,
  ) {}

  /**
   * Builds it: each part that differs, with its words marked.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(AgentVersion $old, AgentVersion $new): array {
    $build = ['#attached' => ['library' => ['background_agents/review']]];
    $labels = $this->labels();
    foreach ($this->parts($old, $new) as $name => [$former, $later]) {
      if ($former !== $later) {
        $build[$name] = [
          '#type' => 'fieldset',
          '#title' => $labels[$name] ?? $name,
          '#attributes' => ['class' => ['ba-review__field', 'ba-version']],
          'diff' => [
            '#type' => 'container',
            '#attributes' => ['class' => ['ba-diff']],
            'text' => ['#markup' => $this->markup->of(new TextDiff($this->nodes, self::html($former), self::html($later)))],
          ],
        ];
      }
    }
    return count($build) > 1 ? $build : $build + ['same' => ['#markup' => '<p>' . $this->t('They do not differ.') . '</p>']];
  }

  /**
   * The parts of both documents as lines of text.
   *
   * @return array<string, array{list<string>, list<string>}>
   *   Lines of the former and of the later, by part.
   */
  private function parts(AgentVersion $old, AgentVersion $new): array {
    $parts = [];
    foreach ([$old->document, $new->document] as $side => $document) {
      $members = ($document['definition'] ?? []) + ($document['binding'] ?? []);
      unset($document['definition'], $document['binding']);
      $members += $document;
      foreach ($members as $name => $value) {
        $parts[$name] ??= [[], []];
        $parts[$name][$side] = self::lines($value);
      }
    }
    return $parts;
  }

  /**
   * A value as lines: texts as they are, the rest as "path: value".
   *
   * @return list<string>
   *   The lines.
   */
  private static function lines(mixed $value): array {
    if (is_string($value)) {
      return explode("\n", $value);
    }
    if (!is_array($value)) {
      return $value === NULL ? [] : [json_encode($value, JSON_THROW_ON_ERROR)];
    }
    $lines = [];
    foreach ($value as $key => $member) {
      $isScalarItem = is_int($key) && !is_array($member);
      foreach (self::lines($member) as $line) {
        $lines[] = $isScalarItem ? $line : "$key: $line";
      }
    }
    return $lines;
  }

  private static function html(array $lines): string {
    return implode('', array_map(static fn (string $line): string => trim($line) === '' ? '' : '<p>' . Html::escape($line) . '</p>', $lines));
  }

  private function labels(): array {
    return [
      'system_prompt' => $this->t('Instructions'),
      'rules' => $this->t('Rules'),
      'tools' => $this->t('Tools'),
      'input_schema' => $this->t('Schema of the input'),
      'output_schema' => $this->t('Schema of the output'),
      'model' => $this->t('Model'),
      'fallback_model' => $this->t('Model that takes over'),
      'model_settings' => $this->t('Settings of the model'),
      'limits' => $this->t('Limits'),
      'content' => $this->t('Content'),
      'fields' => $this->t('Fields'),
      'mcp_servers' => $this->t('MCP servers'),
      'langcodes' => $this->t('Languages'),
      'may_publish' => $this->t('May publish'),
      'may_write_unmoderated' => $this->t('May write content without a workflow'),
      'priority' => $this->t('Priority'),
      'role' => $this->t('Role'),
    ];
  }

}
