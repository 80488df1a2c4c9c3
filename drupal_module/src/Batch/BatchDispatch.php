<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\background_agents\Dispatch\DispatchCheck;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Component\Uuid\UuidInterface;

/**
 * Makes the batch that a program asks for, after the checks of the form.
 *
 * @internal
 */
final class BatchDispatch {

  public function __construct(
    private readonly DispatchCheck $check,
    private readonly RequestedItems $items,
    private readonly Estimator $estimator,
    private readonly BatchMaker $maker,
    private readonly BatchStore $batches,
    private readonly SiteSecrets $secrets,
    private readonly UuidInterface $uuid,
  ) {}

  /**
   * Makes the batch; the one that was made with the same key before.
   *
   * @param \stdClass $body
   *   The `request` document of the contract of batches.
   * @param int $person
   *   User id of who asks.
   * @param string $door
   *   By which door: the trigger type of its runs.
   *
   * @return array{\Drupal\background_agents\Batch\Batch, bool}
   *   The batch, and whether it is new.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   When there is none: permission, stop switch, input, content.
   */
  public function make(\stdClass $body, int $person, string $door): array {
    $input = $body->input ?? new \stdClass();
    $request = new DispatchRequest($body->agent, $door, $input, requester: $person, batch: 0);
    $agent = $this->check->atTheDoor($request);
    $name = "api\n$body->agent\n" . ($body->key ?? $this->uuid->generate());
    $earlier = $this->batches->ofRequest(BatchMaker::requestHash($person, $name));
    if ($earlier !== NULL) {
      return [$this->known($earlier, $input), FALSE];
    }
    $this->beforeTheRuns($request);
    $items = $this->items->of($agent, $body, $person);
    if ($items === []) {
      throw ProblemException::of(422, 'invalid', 'There is nothing to run the agent over', 'None of this content is there, may be seen by you, and is content that the agent may work on.', [
        ['pointer' => isset($body->items) ? '/items' : '/filter', 'detail' => 'No content fits.'],
      ]);
    }
    $average = $this->estimator->of((string) $agent->id());
    $estimate = $average === NULL || $average->cost <= 0 ? NULL : (int) ($average->cost * count($items));
    $batch = $this->maker->make($agent, $person, $items, $input, $estimate, $name, $door);
    // Two at once with one key: the second is told of the first.
    return [$this->known($batch, $input), TRUE];
  }

  /**
   * Asks what would refuse each of the runs. A full queue is waited for.
   */
  private function beforeTheRuns(DispatchRequest $request): void {
    try {
      $this->check->beforeTheRun($request, $this->check->atTheDoor($request));
    }
    catch (ProblemException $refused) {
      if ($refused->problem->code !== 'queue_full') {
        throw $refused;
      }
    }
  }

  private function known(Batch $batch, \stdClass $input): Batch {
    if (CanonicalJson::encode($batch->input) !== CanonicalJson::encode($this->secrets->redact($input))) {
      throw ProblemException::of(422, 'key_reused', 'The key was used for another request', 'The batch with this key was started with another input. Use another key for another batch.', [
        ['pointer' => '/key', 'detail' => 'This key was used with another input.'],
      ]);
    }
    return $batch;
  }

}
