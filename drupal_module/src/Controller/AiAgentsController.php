<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\AiAgents\AiAgentImport;
use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\AiAgents\MappedAgent;
use Drupal\background_agents\Ui\AiAgentView;
use Drupal\background_agents\Ui\CardTable;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Link;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

/**
 * The AI agents of the site, each with what it would be as background agent.
 *
 * @internal
 */
final class AiAgentsController implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  public function __construct(
    private readonly AiAgents $aiAgents,
    private readonly AiAgentImport $import,
    private readonly AiAgentView $view,
  ) {}

  /**
   * The list.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function list(): array {
    $ties = $this->import->ties();
    $rows = [];
    foreach ($this->aiAgents->all() as $id => $agent) {
      $rows[] = [
        ['data' => $this->name($agent)],
        ['data' => ['#plain_text' => implode(', ', $agent->tools) ?: (string) $this->t('none')]],
        $this->view->verdict($agent),
        ['data' => $this->ties($ties[$id] ?? [])],
      ];
    }
    return [
      '#cache' => ['tags' => ['config:ai_agent_list', 'config:background_agents_agent_list'], 'max-age' => 0],
      '#attached' => ['library' => ['background_agents/admin']],
      'intro' => ['#markup' => '<p>' . $this->t('An AI agent works while somebody waits for it. A background agent works on its own, as an account of its own, and leaves drafts. Choose one to see what becomes of each of its parts before anything is made.') . '</p>'],
      'table' => CardTable::of([
        '#type' => 'table',
        '#header' => [
          $this->t('AI agent'),
          $this->t('Its tools here'),
          $this->t('As background agent'),
          $this->t('Background agents that are it'),
        ],
        '#rows' => $rows,
        '#empty' => $this->t('This site has no AI agents.'),
        '#sticky' => FALSE,
      ], $this->t('AI agents')),
    ];
  }

  /**
   * The title of the page of one.
   */
  public function title(string $ai_agent): TranslatableMarkup {
    $agent = $this->aiAgents->load($ai_agent) ?? throw new NotFoundHttpException();
    return $this->t('Import the AI agent %label', ['%label' => $agent->label]);
  }

  private function name(MappedAgent $agent): array {
    return [
      'link' => Link::fromTextAndUrl($agent->label, Url::fromRoute('background_agents.import_ai_agent', ['ai_agent' => $agent->id]))->toRenderable(),
      'description' => [
        '#type' => 'html_tag',
        '#tag' => 'div',
        '#attributes' => ['class' => ['ba-meta']],
        'text' => ['#plain_text' => $agent->description],
      ],
    ];
  }

  private function ties(array $labels): array {
    return [
      '#theme' => 'item_list',
      '#items' => array_map(static fn (string $id, string $label): Link => Link::createFromRoute($label, 'entity.background_agents_agent.edit_form', ['background_agents_agent' => $id]), array_keys($labels), $labels),
    ];
  }

}
