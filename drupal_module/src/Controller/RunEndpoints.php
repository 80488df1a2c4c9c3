<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Draft\DraftRequest;
use Drupal\background_agents\Draft\DraftWriter;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Field\DrupalTools;
use Drupal\background_agents\Http\JsonBody;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;

/**
 * What a run does in Drupal by its token: drafts and tools.
 *
 * @internal
 */
final class RunEndpoints implements ContainerInjectionInterface {

  use AutowireTrait;

  private const int MAX_BODY = 8 * 1024 * 1024;

  public function __construct(
    private readonly RunContext $runContext,
    private readonly DraftWriter $writer,
    private readonly DrupalTools $tools,
    private readonly Contracts $contracts,
  ) {}

  /**
   * POST drafts: leaves a draft.
   */
  public function drafts(Request $request): JsonResponse {
    $run = $this->run();
    $answer = $this->writer->write(DraftRequest::fromDocument(self::document($request), $this->contracts), $run);
    return self::answer($answer->toArray(), $answer->status());
  }

  /**
   * POST tools: calls a tool that runs inside Drupal.
   */
  public function tools(Request $request): JsonResponse {
    $run = $this->run();
    $call = self::document($request);
    $errors = $this->contracts->errors($call, 'tool-call');
    if ($errors !== []) {
      throw ProblemException::of(422, 'invalid', 'The tool call is not valid', 'Mend what "errors" names and send it again.', $errors);
    }
    $attempt = (int) $call->attempt;
    if ($call->run !== $run->uuid() || (int) $call->generation !== $run->getGeneration()) {
      throw ProblemException::of(403, 'forbidden', 'The token is another run\'s', 'Send the request with the token of the run and generation that it names.');
    }
    return self::answer($this->tools->call($run, $attempt, $call));
  }

  private function run(): Run {
    return $this->runContext->current() ?? throw ProblemException::of(401, 'token_missing', 'A run token is needed', 'Send the run token as "Authorization: Bearer bga_..." or "X-Background-Agents-Token: bga_...".');
  }

  private static function document(Request $request): \stdClass {
    $body = $request->getContent();
    if (strlen($body) > self::MAX_BODY) {
      throw ProblemException::of(413, 'too_large', 'The request is too large', sprintf('At most %d bytes are taken.', self::MAX_BODY));
    }
    return JsonBody::decode($body);
  }

  private static function answer(array $document, int $status = 200): JsonResponse {
    $response = new JsonResponse(NULL, $status, ['Cache-Control' => 'no-store']);
    $response->setEncodingOptions(Json::FLAGS);
    return $response->setData($document);
  }

}
