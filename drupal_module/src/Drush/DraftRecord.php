<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Ui\DraftFields;
use Drupal\Core\Render\RendererInterface;

/**
 * A draft as commands print it.
 *
 * @internal
 */
final class DraftRecord {

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly DraftFields $fields,
    private readonly RendererInterface $renderer,
  ) {}

  /**
   * A draft in a list.
   *
   * @return array<string, int|string|null>
   *   Values by name.
   */
  public function row(Change $change): array {
    return [
      'id' => (int) $change->id(),
      'uuid' => $change->uuid(),
      'status' => $change->getStatus(),
      'agent' => $change->getAgentId(),
      'run' => $change->getRun()?->uuid(),
      'operation' => $change->getOperation(),
      'entity_type' => $change->getTargetEntityTypeId(),
      'bundle' => $change->getTargetBundle(),
      'entity_id' => $change->getTargetId(),
      'langcode' => $change->getTargetLangcode(),
      'label' => PlainText::of($change->getTargetLabel()),
      'summary' => PlainText::of($change->getSummary()),
      'created' => gmdate('Y-m-d H:i:s', $change->getCreatedTime()),
      'decided' => $change->getDecidedTime() === NULL ? NULL : gmdate('Y-m-d H:i:s', $change->getDecidedTime()),
      'decided_by' => $change->getDecidedBy()?->getAccountName(),
      'reason' => PlainText::of($change->getReason()),
      'outcome' => $change->getOutcome(),
    ];
  }

  /**
   * A draft with what it changes, and what a decision has to name as seen.
   *
   * @return array<string, int|string|null>
   *   Values by name.
   */
  public function whole(Change $change): array {
    $former = $change->isPending() ? $this->versions->published($change) : $this->versions->base($change);
    $shown = $change->isPending() ? $this->versions->newest($change) : $this->versions->draft($change);
    $lines = [];
    foreach ($shown === NULL ? [] : $this->fields->diffs($change, $former, $shown) as $diff) {
      if ($diff->isChanged) {
        $view = $diff->view;
        $lines[] = PlainText::of($diff->label) . ($diff->isAgents ? '' : ' (not by the agent)') . ":\n" . PlainText::ofMarkup((string) $this->renderer->renderInIsolation($view));
      }
    }
    return $this->row($change) + [
      'seen' => (string) $this->versions->seen($change),
      'differences' => implode("\n\n", $lines),
    ];
  }

}
