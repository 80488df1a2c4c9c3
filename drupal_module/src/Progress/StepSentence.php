<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Says in one sentence what a run does or did.
 *
 * What models, tools and agents said is hostile: it enters only by
 * placeholders, which are escaped.
 *
 * @internal
 */
final class StepSentence {

  use StringTranslationTrait;

  /**
   * Characters of what an agent tells of its progress.
   */
  private const int NOTE = 200;

  /**
   * A tool call that is under way.
   *
   * @param \Drupal\background_agents\Progress\ToolCall $call
   *   The call.
   * @param array<string, string> $labels
   *   Names of items, by UUID.
   */
  public function calling(ToolCall $call, array $labels): TranslatableMarkup {
    $name = self::name($call, $labels);
    $label = ['%label' => $name];
    return match ($call->tool) {
      'describe_content' => $this->t('Looking at the content types'),
      'find_items' => $this->t('Looking for content of type @bundle', ['@bundle' => $call->bundle ?? '?']),
      'read_item' => $name === NULL ? $this->t('Reading an item') : $this->t('Reading %label', $label),
      'create_draft' => $name === NULL ? $this->t('Writing a new draft') : $this->t('Writing a new draft: %label', $label),
      'revise_draft' => $name === NULL ? $this->t('Writing a draft') : $this->t('Writing a draft of %label', $label),
      'report_progress' => $this->t('Telling how far it is'),
      default => $this->t('Calling @tool', ['@tool' => $this->toolName($call)]),
    };
  }

  /**
   * A tool call that has ended.
   *
   * @param \Drupal\background_agents\Progress\ToolCall $call
   *   The call.
   * @param array<string, string> $labels
   *   Names of items, by UUID.
   * @param array<string, mixed> $end
   *   Data of the event tool_finished.
   */
  public function called(ToolCall $call, array $labels, array $end): TranslatableMarkup {
    $name = self::name($call, $labels);
    $label = ['%label' => $name];
    if (($end['status'] ?? 'ok') !== 'ok') {
      return $this->failed($call, $name);
    }
    return match ($call->tool) {
      'describe_content' => $this->t('Looked at the content types'),
      'find_items' => $this->found($call, $end),
      'read_item' => $name === NULL ? $this->t('Read an item') : $this->t('Read %label', $label),
      'create_draft' => $name === NULL ? $this->t('Wrote a new draft') : $this->t('Wrote a new draft: %label', $label),
      'revise_draft' => $name === NULL ? $this->t('Wrote a draft') : $this->t('Wrote a draft of %label', $label),
      'report_progress' => $this->t('Told how far it is'),
      default => $this->t('Called @tool', ['@tool' => $this->toolName($call)]),
    };
  }

  private function failed(ToolCall $call, ?string $name): TranslatableMarkup {
    $label = ['%label' => $name];
    return match ($call->tool) {
      'read_item' => $name === NULL ? $this->t('Could not read an item') : $this->t('Could not read %label', $label),
      'create_draft', 'revise_draft' => $name === NULL ? $this->t('Could not save a draft') : $this->t('Could not save a draft: %label', $label),
      default => $this->t('Could not use @tool', ['@tool' => $this->toolName($call)]),
    };
  }

  private function found(ToolCall $call, array $end): TranslatableMarkup {
    $items = ((array) ($end['result'] ?? []))['items'] ?? NULL;
    $bundle = ['@bundle' => $call->bundle ?? '?'];
    return is_array($items)
      ? $this->formatPlural(count($items), 'Found one item of type @bundle', 'Found @count items of type @bundle', $bundle)
      : $this->t('Looked for content of type @bundle', $bundle);
  }

  /**
   * A draft that was saved, or that a test run proposes.
   *
   * @param array<string, mixed> $data
   *   Data of the event change_saved.
   * @param int|null $number
   *   Which draft of the run it is; NULL: not counted.
   * @param int|null $total
   *   How many there will be; NULL: nobody knows.
   */
  public function saved(array $data, ?int $number = NULL, ?int $total = NULL): TranslatableMarkup {
    $label = ['%label' => ToolCall::short($data['label'] ?? NULL) ?? ToolCall::short($data['entity'] ?? NULL) ?? '?'];
    $counts = ['@number' => $number, '@total' => $total];
    return match (TRUE) {
      !empty($data['dry_run']) => $this->t('Proposed, and not saved: %label', $label),
      $number !== NULL && $total !== NULL => $this->t('Draft @number of @total saved: %label', $label + $counts),
      $number !== NULL => $this->t('Draft @number saved: %label', $label + ['@number' => $number]),
      ($data['operation'] ?? '') === 'create' => $this->t('New draft: %label', $label),
      default => $this->t('Draft saved: %label', $label),
    };
  }

  /**
   * What the agent told of its progress.
   *
   * @param array<string, mixed> $data
   *   Data of the event progress_reported.
   */
  public function told(array $data): TranslatableMarkup {
    $counts = ['@done' => (int) ($data['done'] ?? 0), '@total' => (int) ($data['total'] ?? 0)];
    $note = ToolCall::short($data['note'] ?? NULL, self::NOTE);
    return $note === NULL
      ? $this->t('@done of @total done', $counts)
      : $this->t('@done of @total done: @note', $counts + ['@note' => $note]);
  }

  /**
   * A request to the model that is under way.
   */
  public function asking(): TranslatableMarkup {
    return $this->t('Waiting for the answer of the model');
  }

  /**
   * An answer of the model.
   *
   * @param array<string, mixed> $data
   *   Data of the event model_responded.
   */
  public function answered(array $data): TranslatableMarkup {
    if (!empty($data['error'])) {
      return $this->t('The model gave no answer');
    }
    $calls = $data['tool_calls'] ?? [];
    return is_array($calls) && $calls !== []
      ? $this->formatPlural(count($calls), 'The model asked for one tool', 'The model asked for @count tools')
      : $this->t('The model answered');
  }

  /**
   * The name of a tool for people: "tool of server" for those of MCP servers.
   */
  private function toolName(ToolCall $call): string|MarkupInterface {
    $of = $call->ofServer();
    if ($of === NULL) {
      return ToolCall::short($call->tool) ?? '?';
    }
    [$tool, $server] = $of;
    return $this->t('@tool of @server', ['@tool' => $tool, '@server' => $server]);
  }

  private static function name(ToolCall $call, array $labels): ?string {
    return $call->uuid === NULL ? $call->title : ToolCall::short($labels[$call->uuid] ?? NULL) ?? $call->title;
  }

}
