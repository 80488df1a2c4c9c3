<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Run\RunDocument;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Url;
use Drupal\user\UserInterface;

/**
 * Shows batches as the documents of the contract.
 *
 * @internal
 */
final class BatchDocument {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly BatchNumbers $numbers,
  ) {}

  /**
   * A batch with its input, and what has become of it.
   *
   * @return array<string, mixed>
   *   The `batch` document.
   */
  public function of(Batch $batch): array {
    $tally = $this->numbers->of($batch);
    return $this->all([$batch])[0] + [
      'input' => $batch->input,
      'progress' => [
        'settled' => $tally->settled(),
        'waiting' => $tally->waiting,
        'runs' => (object) $tally->runs,
        'refused' => $tally->refused,
        'cancelled' => $tally->cancelled,
        'cost_micros' => $tally->cost,
        'tokens' => $tally->tokens,
        'drafts' => $tally->drafts,
        'pending_drafts' => $tally->pending,
      ],
    ];
  }

  /**
   * Batches without input and progress; people are loaded once.
   *
   * @param \Drupal\background_agents\Batch\Batch[] $batches
   *   The batches.
   *
   * @return list<array<string, mixed>>
   *   `batch` documents.
   */
  public function all(array $batches): array {
    $people = $this->entityTypeManager->getStorage('user')->loadMultiple(array_unique(array_filter(array_column($batches, 'uid'))));
    return array_map(static function (Batch $batch) use ($people): array {
      return [
        'id' => $batch->id,
        'agent' => $batch->agent,
        'agent_label' => $batch->agentLabel,
        'state' => $batch->state->value,
        'reason' => $batch->reason,
        'message' => $batch->message,
        'requester' => self::person($people[$batch->uid] ?? NULL),
        'via' => RunDocument::means($batch->door, $batch->via),
        'items' => $batch->items,
        'estimate_micros' => $batch->estimate,
        'created' => Json::time($batch->created),
        'finished' => $batch->finished === NULL ? NULL : Json::time($batch->finished),
        'url' => self::url($batch),
      ];
    }, array_values($batches));
  }

  private static function person(mixed $person): ?array {
    return $person instanceof UserInterface ? ['uuid' => $person->uuid(), 'name' => $person->getAccountName()] : NULL;
  }

  private static function url(Batch $batch): string {
    $url = Url::fromRoute('background_agents.batch', ['batch' => $batch->id])->setAbsolute();
    return $url->toString(TRUE)->getGeneratedUrl();
  }

}
