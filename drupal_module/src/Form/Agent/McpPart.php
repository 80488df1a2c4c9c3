<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Timeline\Value;
use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The MCP servers whose tools the agent may call.
 *
 * The agent's list of tools gets an entry for each server: "mcp:name" for all
 * of its tools, or "mcp:name.tool" for each chosen one.
 *
 * @internal
 */
final class McpPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EventStore $events,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $servers = array_values($agent->getBinding()['mcp_servers']);
    $count = $form_state->get('background_agents_mcp_count') ?? max(1, count($servers));
    $form_state->set('background_agents_mcp_count', $count);
    $part = [
      '#title' => $this->t('MCP servers'),
      '#weight' => 40,
      '#description' => $this->t('Tools of other systems, by the Model Context Protocol (streamable HTTP). The sidecar calls them; it must be able to reach the address.'),
      'left_out' => $this->leftOut($agent),
      'servers' => ['#type' => 'container', '#attributes' => ['id' => 'ba-mcp-servers']],
      'add' => [
        '#type' => 'submit',
        '#name' => 'background_agents_mcp_add',
        '#value' => $this->t('Add another server'),
        '#submit' => [[self::class, 'addServer']],
        '#limit_validation_errors' => [],
        '#ajax' => ['callback' => [self::class, 'refresh'], 'wrapper' => 'ba-mcp-servers'],
      ],
    ];
    for ($i = 0; $i < $count; $i++) {
      $part['servers'][$i] = $this->server($servers[$i] ?? [], $i);
    }
    return $part;
  }

  /**
   * Which tools the agent's newest run had to do without, and why.
   */
  private function leftOut(Agent $agent): array {
    $runs = $agent->isNew() ? [] : $this->entityTypeManager->getStorage('background_agents_run')->getQuery()
      ->accessCheck(FALSE)->condition('agent', $agent->id())->exists('started')->sort('id', 'DESC')->range(0, 1)->execute();
    $asked = $runs === [] ? NULL : $this->events->oldest((int) reset($runs), 'model_requested');
    $lines = Value::leftOut((array) $asked);
    return $lines === '' ? [] : [
      '#theme' => 'status_messages',
      '#message_list' => ['warning' => array_map(fn (string $line): MarkupInterface => $this->t('Left out of the newest run: @tool', ['@tool' => $line]), explode("\n", $lines))],
      '#status_headings' => ['warning' => $this->t('Warning message')],
    ];
  }

  /**
   * The fields of one server.
   */
  private function server(array $server, int $i): array {
    return [
      '#type' => 'fieldset',
      '#title' => isset($server['name']) ? $this->t('Server @name', ['@name' => $server['name']]) : $this->t('Server @number', ['@number' => $i + 1]),
      'name' => [
        '#type' => 'textfield',
        '#title' => $this->t('Name'),
        '#description' => $this->t('Lower-case letters, digits and "_". Empty: this server is taken away.'),
        '#default_value' => $server['name'] ?? '',
        '#maxlength' => 64,
        '#size' => 30,
      ],
      'url' => [
        '#type' => 'textfield',
        '#title' => $this->t('Address'),
        '#default_value' => $server['url'] ?? '',
        '#placeholder' => 'https://example.com/mcp',
        '#maxlength' => 2000,
      ],
    ] + $this->secret($server) + [
      'tools' => [
        '#type' => 'textfield',
        '#title' => $this->t('Tools it may call'),
        '#description' => $this->t('Names, separated by commas. Empty: all that the server offers, also those that it will offer one day.'),
        '#default_value' => implode(', ', $server['tools'] ?? []),
        '#maxlength' => 4000,
      ],
    ];
  }

  /**
   * How a server is told who asks.
   */
  private function secret(array $server): array {
    return [
      'secret' => [
        '#type' => 'textfield',
        '#title' => $this->t('Name of the secret'),
        '#description' => $this->t('The name under which the secret is kept in the settings of the sidecar, which also say to which hosts it may be sent. Never the secret itself.'),
        '#default_value' => $server['secret'] ?? '',
        '#maxlength' => 64,
        '#size' => 30,
        '#attributes' => ['autocomplete' => 'off'],
      ],
      'header' => [
        '#type' => 'textfield',
        '#title' => $this->t('Header that carries the secret'),
        '#default_value' => $server['header'] ?? '',
        '#placeholder' => 'Authorization',
        '#maxlength' => 64,
        '#size' => 30,
      ],
    ];
  }

  /**
   * Submit handler: one more server.
   */
  public static function addServer(array &$form, FormStateInterface $form_state): void {
    $form_state->set('background_agents_mcp_count', $form_state->get('background_agents_mcp_count') + 1);
    $form_state->setRebuild();
  }

  /**
   * Ajax callback: the list of servers.
   */
  public static function refresh(array &$form, FormStateInterface $form_state): array {
    return $form['mcp']['servers'];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    $seen = [];
    foreach ((array) $form_state->getValue(['mcp', 'servers']) as $i => $server) {
      $name = trim((string) ($server['name'] ?? ''));
      $element = $form['servers'][$i] ?? [];
      if ($name === '') {
        if (trim((string) ($server['url'] ?? '')) !== '') {
          $form_state->setError($element['name'], $this->t('Give the MCP server with the address @url a name.', ['@url' => $server['url']]));
        }
        continue;
      }
      foreach ($this->problems($server, isset($seen[$name])) as $key => $problem) {
        $form_state->setError($element[$key], $problem);
      }
      $seen[$name] = TRUE;
    }
  }

  /**
   * What is wrong with a server.
   *
   * @return array<string, mixed>
   *   Sentences keyed by field.
   */
  private function problems(array $server, bool $duplicate): array {
    $name = trim((string) $server['name']);
    return array_filter([
      'name' => match (TRUE) {
        !preg_match('/^[a-z0-9_]{1,64}$/', $name) => $this->t('The name of an MCP server takes lower-case letters, digits and "_": "@name" does not fit.', ['@name' => $name]),
        $duplicate => $this->t('Two MCP servers have the name "@name".', ['@name' => $name]),
        default => NULL,
      },
      'url' => preg_match('#^https?://\S+$#', trim((string) $server['url'])) ? NULL : $this->t('The address of the MCP server "@name" has to start with https:// or http://.', ['@name' => $name]),
      'secret' => preg_match('/^[A-Za-z0-9_]{0,64}$/', trim((string) $server['secret'])) ? NULL : $this->t('Give the name of a secret for "@name", not the secret itself: letters, digits and "_".', ['@name' => $name]),
      'header' => preg_match('/^[A-Za-z0-9-]{0,64}$/', trim((string) $server['header'])) ? NULL : $this->t('"@header" is not the name of a header.', ['@header' => $server['header']]),
      'tools' => self::badTools((string) $server['tools']) === [] ? NULL : $this->t('These are no names of tools: @names.', ['@names' => implode(', ', self::badTools((string) $server['tools']))]),
    ]);
  }

  private static function tools(string $text): array {
    return array_values(array_unique(array_filter(array_map(trim(...), explode(',', $text)), static fn (string $tool): bool => $tool !== '')));
  }

  private static function badTools(string $text): array {
    return array_filter(self::tools($text), static fn (string $tool): bool => !preg_match('/^[A-Za-z0-9_.-]{1,64}$/', $tool));
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $servers = $names = [];
    foreach ((array) $form_state->getValue(['mcp', 'servers']) as $server) {
      $name = trim((string) ($server['name'] ?? ''));
      if ($name === '') {
        continue;
      }
      $tools = self::tools((string) $server['tools']);
      $servers[] = array_filter([
        'name' => $name,
        'url' => trim((string) $server['url']),
        'secret' => trim((string) $server['secret']),
        'header' => trim((string) $server['header']),
        'tools' => $tools,
      ], static fn (mixed $value): bool => $value !== '' && $value !== []);
      $names = array_merge($names, $tools === [] ? ["mcp:$name"] : array_map(static fn (string $tool): string => "mcp:$name.$tool", $tools));
    }
    $agent->set('binding', ['mcp_servers' => $servers] + $agent->getBinding());
    $own = array_values(array_filter($agent->getDefinition()['tools'], static fn (string $tool): bool => !str_starts_with($tool, 'mcp:')));
    $agent->set('definition', ['tools' => array_merge($own, $names)] + $agent->getDefinition());
  }

}
