<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Contract\SchemaValidator;
use Drupal\background_agents\Dispatch\DueRuns;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Run\Spending;
use Drupal\background_agents\Sidecar\HandOut;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\background_agents\StopSwitch;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST jobs/claim: the sidecar fetches jobs.
 *
 * @internal
 */
final class JobsController implements ContainerInjectionInterface {

  use AutowireTrait;

  private const MAX_JOBS = 50;

  /**
   * Bytes of jobs in one answer, beyond the first.
   */
  private const MAX_BYTES = 8000000;

  private const CLAIM = <<<'JSON'
    {
      "type": "object",
      "required": ["worker"],
      "properties": {
        "worker": {"type": "string", "minLength": 1, "maxLength": 128},
        "limit": {"type": "integer", "minimum": 1, "maximum": 50},
        "runs": {"type": "array", "maxItems": 1000, "items": {"type": "string", "pattern": "^[0-9a-f-]{36}$"}},
        "lost": {"type": "boolean"},
        "after": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647}
      }
    }
    JSON;

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly DueRuns $due,
    private readonly Outbox $outbox,
    private readonly HandOut $handOut,
    private readonly StopSwitch $stopSwitch,
    private readonly Spending $spending,
    private readonly SiteIdentity $identity,
  ) {}

  public function claim(Request $request): Answer {
    $claim = $this->signed->document($request);
    $errors = (new SchemaValidator())->validate($claim, json_decode(self::CLAIM));
    if ($errors !== []) {
      throw ProblemException::of(422, 'invalid', 'The request is not valid', $errors[0]['pointer'] . ': ' . $errors[0]['detail'], $errors);
    }
    if ($this->stopSwitch->isStopped()) {
      return new Answer([
        'jobs' => [],
        'next' => NULL,
        'stop' => TRUE,
        'spent' => $this->spending->document(),
        'look_in' => NULL,
      ] + $this->identity->document());
    }
    $this->due->make();
    $limit = (int) ($claim->limit ?? self::MAX_JOBS);
    if ($claim->lost ?? FALSE) {
      $rows = $this->outbox->unfinished($limit, (int) ($claim->after ?? 0), $claim->runs ?? NULL);
      return new Answer($this->handOut($rows, $claim->worker));
    }
    do {
      $rows = $this->outbox->due($limit, $claim->runs ?? NULL, TRUE);
      $answer = $this->handOut($rows, $claim->worker);
      // An empty list means that nothing is left: not that all rows of a page
      // were set aside or taken by others.
    } while ($answer['jobs'] === [] && $rows !== []);
    return new Answer($answer);
  }

  /**
   * Hands out rows of the outbox, as many as fit into an answer.
   *
   * @param \Drupal\background_agents\Sidecar\OutboxRow[] $rows
   *   Rows of the outbox.
   */
  private function handOut(array $rows, string $worker): array {
    $jobs = [];
    $bytes = 0;
    $next = NULL;
    foreach ($rows as $row) {
      if ($jobs !== [] && $bytes > self::MAX_BYTES) {
        break;
      }
      $next = $row->id;
      $job = $this->handOut->take($row, $worker);
      if ($job !== NULL) {
        $jobs[] = $job;
        $bytes += strlen(Json::encode($job));
      }
    }
    return [
      'jobs' => $jobs,
      'next' => $next,
      'stop' => FALSE,
      'spent' => $this->spending->document(),
      'look_in' => $this->due->secondsUntilNext(),
    ] + $this->identity->document();
  }

}
