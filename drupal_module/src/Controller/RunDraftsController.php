<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\Cursor;
use Drupal\background_agents\Http\JsonBody;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\QueryParameters;
use Drupal\background_agents\Review\DraftPages;
use Drupal\background_agents\Review\Remarks;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Review\SendBack;
use Drupal\background_agents\Run\RunDocument;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * The drafts of a run: what differs, and sending one back to the agent.
 *
 * @internal
 */
final class RunDraftsController implements ContainerInjectionInterface {

  use AutowireTrait;

  /**
   * Drafts in one answer, and how many when nothing is said.
   */
  private const int MOST = 50;
  private const int USUAL = 20;

  public function __construct(
    private readonly RequestedRun $requested,
    private readonly DraftPages $pages,
    private readonly SendBack $sendBack,
    private readonly RunDocument $document,
    private readonly Contracts $contracts,
  ) {}

  /**
   * GET runs/{uuid}/drafts: the drafts with what differs in each field.
   */
  public function list(Request $request, string $uuid): Answer {
    $run = $this->requested->forOperation($uuid, 'view');
    $query = QueryParameters::of($request, ['limit', 'cursor']);
    $page = $this->pages->of($run, $query->number('limit', self::USUAL, 1, self::MOST), $query->cursor('cursor', 1)[0] ?? 0);
    return new Answer([
      'drafts' => $page['drafts'],
      'next' => $page['next'] === NULL ? NULL : Cursor::write([$page['next']]),
    ]);
  }

  /**
   * POST runs/{uuid}/send-back: the agent works on a draft again.
   */
  public function sendBack(Request $request, string $uuid): Answer {
    $run = $this->requested->forOperation($uuid, 'view');
    $this->requested->refuseAgents('Agents do not send drafts back. People do.');
    JsonBody::refuseQuery($request);
    $body = JsonBody::decode($request->getContent());
    JsonBody::check($body, $this->contracts, 'send-back');
    $draft = $this->draft($run, $body);
    if (!$draft->access('send back')) {
      throw ProblemException::of(403, 'forbidden', 'Not allowed', 'You may not send this draft back: that needs the permission to manage its run, or to review drafts of agents and to edit the content.');
    }
    try {
      $this->sendBack->send($run, Remarks::on($draft, $body->note ?? '', self::remarks($body, $draft), isset($body->seen) ? Seen::of($body->seen) : NULL));
    }
    catch (ReviewRefused $refused) {
      throw ProblemException::of(409, 'review_refused', 'The draft cannot be sent back now', $refused->plain());
    }
    return new Answer($this->document->run($this->requested->load($uuid)), 202);
  }

  /**
   * The draft that is meant: the one that is named, or the only one.
   */
  private function draft(Run $run, \stdClass $body): Change {
    $drafts = array_filter($this->document->changes($run), static fn (Change $change): bool => isset($body->draft) ? $change->uuid() === $body->draft : $change->isPending());
    $draft = reset($drafts);
    return match (TRUE) {
      count($drafts) > 1 => throw self::wrong('/draft', 'Several drafts of this run wait for a decision. Name the one that you mean.'),
      $draft === FALSE && isset($body->draft) => throw self::wrong('/draft', 'This run has no such draft.'),
      $draft === FALSE => throw ProblemException::of(409, 'review_refused', 'The draft cannot be sent back now', 'No draft of this run waits for a decision.'),
      default => $draft,
    };
  }

  /**
   * What is said about single fields.
   *
   * @return array<string, string>
   *   Texts by name of the field.
   */
  private static function remarks(\stdClass $body, Change $draft): array {
    $own = array_keys($draft->getOwnValues()['after'] ?? []);
    $remarks = [];
    foreach ($body->remarks ?? [] as $at => $remark) {
      if (!in_array($remark->field, $own, TRUE)) {
        throw self::wrong("/remarks/$at/field", 'The draft does not change this field. It changes: ' . implode(', ', $own) . '.');
      }
      if (isset($remarks[$remark->field])) {
        throw self::wrong("/remarks/$at/field", 'This field has a remark already. Say all in one.');
      }
      $remarks[$remark->field] = $remark->text;
    }
    return $remarks;
  }

  private static function wrong(string $pointer, string $detail): ProblemException {
    return ProblemException::of(422, 'invalid', 'The request is not valid', "$pointer: $detail", [
      ['pointer' => $pointer, 'detail' => $detail],
    ]);
  }

}
