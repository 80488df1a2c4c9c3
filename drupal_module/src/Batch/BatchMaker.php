<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Access\CurrentMeans;
use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Core\Database\IntegrityConstraintViolationException;

/**
 * Makes batches: the same request, sent twice, makes one.
 *
 * @internal
 */
final class BatchMaker {

  /**
   * The most items of a batch.
   */
  public const int MOST = 5000;

  public function __construct(
    private readonly Transactions $transactions,
    private readonly BatchStore $batches,
    private readonly ItemStore $items,
    private readonly AuditLog $audit,
    private readonly SiteSecrets $secrets,
    private readonly NotedBatches $noted,
    private readonly CurrentMeans $means,
  ) {}

  /**
   * Makes a batch. Its items are let in after the response.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   An agent that the person may run.
   * @param int $uid
   *   The person.
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   From one to MOST items, each once.
   * @param \stdClass $input
   *   The input of each run, which was checked.
   * @param int|null $estimate
   *   What it is thought to cost, in millionths.
   * @param string $request
   *   What names this request, such as a random value of its form.
   * @param string $door
   *   By which door it comes: the trigger type of its runs.
   */
  public function make(Agent $agent, int $uid, array $items, \stdClass $input, ?int $estimate, string $request, string $door = Batch::BY_PERSON): Batch {
    if ($items === [] || count($items) > self::MOST) {
      throw new \InvalidArgumentException('A batch has from one to ' . self::MOST . ' items.');
    }
    $hash = self::requestHash($uid, $request);
    $this->batches->noteOpen(TRUE);
    try {
      $this->transactions->run(function () use ($agent, $uid, $items, $input, $estimate, $hash, $door): void {
        $id = $this->batches->insert([
          'request' => $hash,
          'agent' => $agent->id(),
          'agent_label' => mb_substr((string) $agent->label(), 0, 255),
          'uid' => $uid,
          'input' => Json::encode($this->secrets->redact($input)),
          'items' => count($items),
          'estimate_micros' => $estimate,
        ] + $this->batches->askedBy($door, $this->means->of($uid)));
        $this->items->insert($id, $items);
        $this->audit->record(Decision::aboutBatch($id, (string) $agent->id(), 'batch_start', $uid, ['items' => count($items)]));
      });
    }
    catch (IntegrityConstraintViolationException $error) {
      return $this->batches->ofRequest($hash) ?? throw $error;
    }
    $this->noted->note();
    return $this->batches->ofRequest($hash) ?? throw new \LogicException('The batch is not there.');
  }

  /**
   * What a batch is found by that was asked for with the same request.
   */
  public static function requestHash(int $uid, string $request): string {
    return hash('sha256', "$uid\n$request");
  }

}
