<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunTree;
use Drupal\background_agents\Run\StartedRun;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The runs below a run, as a tree of links.
 *
 * @internal
 */
final class RunTreeList {

  use StringTranslationTrait;

  public function __construct(
    private readonly RunTree $tree,
    private readonly ReasonText $reasonText,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The tree; nothing when the run started none that the person may see.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Run $run): array {
    $below = $this->tree->below($run->uuid());
    $visible = $this->tree->visible($below, $this->currentUser);
    if ($visible === []) {
      return [];
    }
    $usage = RunTree::usage($run, $visible);
    return [
      '#type' => 'html_tag',
      '#tag' => 'section',
      '#attributes' => ['class' => ['ba-tree'], 'aria-labelledby' => 'ba-tree'],
      'title' => [
        '#type' => 'html_tag',
        '#tag' => 'h2',
        '#attributes' => ['id' => 'ba-tree', 'class' => ['ba-tree__title']],
        'text' => ['#markup' => $this->t('Runs that it started')],
      ],
      'list' => $this->level($visible, 1),
      'sum' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#attributes' => ['class' => ['ba-meta']],
        'text' => [
          '#markup' => $this->t('With this run: @requests, @tokens tokens, @amount US dollars', [
            '@requests' => $this->formatPlural($usage['steps'], '1 model request', '@count model requests'),
            '@tokens' => number_format($usage['input_tokens'] + $usage['output_tokens']),
            '@amount' => number_format($usage['cost_micros'] / 1000000, 4),
          ]),
        ],
      ],
    ];
  }

  /**
   * Changes when the tree does.
   */
  public function version(Run $run): string {
    return implode(',', array_map(static fn (StartedRun $one): string => $one->id . $one->state->value, $this->tree->below($run->uuid())));
  }

  /**
   * The runs of a level, each with those below it.
   *
   * @param list<\Drupal\background_agents\Run\StartedRun> $runs
   *   Runs, each behind the one that started it; the first is of this level.
   * @param int $level
   *   The level.
   */
  private function level(array $runs, int $level): array {
    $items = [];
    $at = NULL;
    $below = [];
    foreach ($runs as $run) {
      if ($run->level > $level && $at !== NULL) {
        $below[$at][] = $run;
        continue;
      }
      $at = count($items);
      $items[] = $this->item($run);
    }
    foreach ($below as $at => $inner) {
      $items[$at]['below'] = $this->level($inner, min(array_map(static fn (StartedRun $run): int => $run->level, $inner)));
    }
    return ['#theme' => 'item_list', '#items' => $items, '#attributes' => ['class' => ['ba-tree__list']]];
  }

  private function item(StartedRun $run): array {
    return [
      'link' => [
        '#type' => 'link',
        '#title' => Value::text($run->label === '' ? $run->agent : $run->label)['text'],
        '#url' => Url::fromRoute('entity.background_agents_run.canonical', ['background_agents_run' => $run->id]),
      ],
      'state' => [
        '#type' => 'html_tag',
        '#tag' => 'span',
        '#attributes' => ['class' => ['ba-badge', 'ba-badge--' . RunBadge::tone($run->state)]],
        'text' => ['#plain_text' => (string) $this->reasonText->state($run->state->value)],
      ],
      'way' => [
        '#type' => 'html_tag',
        '#tag' => 'span',
        '#attributes' => ['class' => ['ba-meta']],
        'text' => ['#markup' => $run->isAwaited ? $this->t('waited for') : $this->t('on its own')],
      ],
    ];
  }

}
